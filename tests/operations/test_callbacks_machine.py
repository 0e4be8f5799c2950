"""Registrations, overwrites, deletions, changes, the clock and receivers, at random, against a
naive model: which stage of a registration runs when, which callback is attempted when, how often,
and what becomes of it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import hypothesis
import pytest
from hypothesis import Phase
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from naive_callbacks import STAGES, NaiveCallbacks
from oracle import LONG, Factory, examples

from fake_ims import FakeIms, by_hand
from fake_ims.events.courier import Courier
from fake_ims.events.posting import Post, Result

EVERYWHERE, NOTIFY = "http://127.0.0.1:9/everywhere", "http://127.0.0.1:9/notify"
EVENTS = {event_type for _, events in STAGES.values() for event_type in events}
AFTERWARDS = sorted(STAGES.keys() - {"analysis", "saving"})
FAILING = {
    1: frozenset({"analysis"}),
    2: frozenset({"snapshots", "cover", "smart_tags"}),
    3: frozenset({"saving", "search_index", "workflow"}),
}
"""By the number of a file: the stages that fail on it."""
STEPS = (0, 1, 499_999, 500_000, 1_000_000, 1_500_000, 2_000_000, 2_500_000, 10_000_000)


class AtOnce(Courier):
    """Makes each attempt where it is asked to; receivers answer as ``answers`` says."""

    def __init__(self) -> None:
        super().__init__()
        self.answers = {EVERYWHERE: True, NOTIFY: True}

    def send(
        self,
        owner: object,
        post: Post,
        done: Callable[[Result], None],
        *,
        timeout: float,
        allow_hosts: tuple[str, ...],
    ) -> bool:
        ok = self.answers[post.url]
        self._tell(done, Result(200 if ok else 500, "" if ok else "500", 0.001, contacted=True))
        return True

    def _tell(self, done: Callable[[Result], None], result: Result) -> None:
        done(result)


class InAThread(AtOnce):
    """Tells of each attempt in another thread, as the real one does."""

    def __init__(self) -> None:
        super().__init__()
        self.thread = ThreadPoolExecutor(1)

    def _tell(self, done: Callable[[Result], None], result: Result) -> None:
        self.thread.submit(done, result)

    def stop(self) -> None:
        self.thread.shutdown()
        super().stop()


class CallbackMachine(RuleBasedStateMachine):
    """The fake and the model side by side."""

    def __init__(self, ims: FakeIms, courier: AtOnce) -> None:
        super().__init__()
        self.ims, self.courier = ims, courier
        courier.answers = {EVERYWHERE: True, NOTIFY: True}
        self.block = ims.scratch()
        self.block.__enter__()
        ims.clock.freeze("2026-01-31T12:00:00Z")
        ims.declare(workflows=("workflow",), search_libs=("mine",))
        self.model = NaiveCallbacks(ims.clock.read())
        for number, stages in FAILING.items():
            url = f"oss://bucket/{number}.mp4"
            if "analysis" in stages:
                ims.objects.put(url, fails="broken")
            for stage in stages - {"analysis"}:
                ims.jobs.expect(stage, fails="broken", url=url)
        self.model.answers = courier.answers
        self.ids: list[str] = []
        self.gone: dict[str, int] = {}
        self.count = 0
        self.set_callback(on=True)

    def teardown(self) -> None:
        self.block.__exit__(None, None, None)

    # ------------------------------------------------------------ what happens

    @rule(on=st.booleans())
    def set_callback(self, on: bool) -> None:
        by_hand.call(self.ims.world, "SetEventCallback", {
            "CallbackType": "HTTP", "CallbackURL": EVERYWHERE,
            "EventTypeList": ",".join((*sorted(EVENTS), "DeleteMediaComplete",
                                       "MediaBaseChangeComplete")) if on else "TranscodeComplete",
        })  # fmt: skip
        self.model.everywhere = EVERYWHERE if on else None

    @rule(
        url=st.integers(0, 4),
        notify=st.booleans(),
        wanted=st.frozensets(st.sampled_from(AFTERWARDS)) | st.just(frozenset(AFTERWARDS)),
    )
    def register(self, url: int, notify: bool, wanted: frozenset[str]) -> None:
        """Registers, or overwrites what is there."""
        input_url = f"oss://bucket/{url}.mp4"
        old = self.ims.world.library.assets
        replaced = [each.media_id for each in old if each.input_url == input_url]
        sent = {"UserData": json.dumps({"NotifyAddress": NOTIFY})} if notify else {}
        sent |= asking_for(wanted)
        asset = self.ims.register(InputURL=input_url, Overwrite=True, **sent)
        for media_id in replaced:
            self._deleted(media_id)
        self.model.register(
            asset.media_id,
            NOTIFY if notify else None,
            wanted | ({"saving"} if "smart_tags" in wanted else set()),
            FAILING.get(url, frozenset()),
        )
        self.ids.append(asset.media_id)

    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        if alive := [media_id for media_id in self.ids if media_id not in self.gone]:
            media_id = data.draw(st.sampled_from(alive))
            self.ims.delete(media_id)
            self._deleted(media_id)

    def _deleted(self, media_id: str) -> None:
        self.model.delete(media_id)
        self.gone[media_id] = self.model.now

    @rule(data=st.data())
    def change(self, data: st.DataObject) -> None:
        if alive := [media_id for media_id in self.ids if media_id not in self.gone]:
            self.count += 1
            media_id = data.draw(st.sampled_from(alive))
            self.ims.update(media_id, Title=f"title {self.count}")
            self.model.change(media_id)

    @rule(to=st.sampled_from((EVERYWHERE, NOTIFY)), ok=st.booleans())
    def answer(self, to: str, ok: bool) -> None:
        self.courier.answers[to] = ok

    @rule(by=st.sampled_from(STEPS))
    def advance(self, by: int) -> None:
        self.ims.clock.advance(by / 1_000_000)
        self.model.advance(by)

    @rule()
    def settle(self) -> None:
        self.ims.settle()
        self.model.settle()

    # ------------------------------------------------------------ what must hold

    @invariant()
    def all_is_as_the_model_says(self) -> None:
        self.ims.clock.advance(0)  # which waits for what is under way
        assert self.ims.clock.read() == self.model.now
        seen = [
            (
                each.media_id, each.event_type, each.to, each.event.at, each.outcome,
                [(attempt.at, attempt.ok) for attempt in each.attempts],
            )
            for each in self.ims.callbacks
        ]  # fmt: skip
        wanted = [
            (each.media_id, each.event_type, each.to, each.at, each.outcome, each.attempts)
            for each in self.model.sent
        ]
        assert sorted(seen) == sorted(wanted)

    @invariant()
    def every_stage_runs_once_in_order_and_on_time(self) -> None:
        assets = self.ims.assets.values()
        seen = [
            (asset.media_id, "analysis", asset.created_at, not asset.unfinished,
             asset.status == "PrepareFail")
            for asset in assets
        ]  # fmt: skip
        seen += [
            (each.media_id or "", each.kind, each.submitted_at, each.ended,
             each.failure is not None)
            for each in self.ims.jobs.values()
        ]  # fmt: skip
        for job in self.ims.jobs.values():
            assert job.due == job.finished_at or not job.ended
            assert job.automatic
        assert sorted(seen) == sorted(
            (each.media_id, each.name, each.began, each.ended, each.failed)
            for each in self.model.stages
        )
        pending = [each for each in self.ims.world.queue.entries() if each.kind != "callback"]
        assert sorted((each.subject, each.kind, each.due or 0) for each in pending) == sorted(
            (each.media_id, each.name, each.due) for each in self.model.stages if not each.ended
        )

    @invariant()
    def no_event_before_its_cause_none_lost_and_none_of_what_is_gone(self) -> None:
        events = self.ims.events
        of_registrations = Counter(
            event.media_id for event in events if event.event_type == "RegisterMediaComplete"
        )
        assert set(of_registrations.values()) <= {1}
        for callback in self.ims.callbacks:
            assert len(callback.attempts) <= 3
            assert callback.event in events
            gone_at = self.gone.get(callback.media_id or "")
            for attempt in callback.attempts:
                assert attempt.at >= callback.event.at
                if gone_at is not None and callback.event_type != "DeleteMediaComplete":
                    assert attempt.at <= gone_at

    @invariant()
    def in_order(self) -> None:
        last: dict[tuple[str | None, str], int] = {}
        for callback in self.ims.callbacks:
            for attempt in callback.attempts:
                lane = callback.media_id, callback.to
                assert attempt.at >= last.get(lane, 0)
                last[lane] = attempt.at


def asking_for(wanted: frozenset[str]) -> dict[str, str]:
    """Parameters of a registration that these stages follow, and no others."""
    config: dict[str, object] = {
        "NeedSnapshot": "snapshots" in wanted,
        "NeedSprite": "sprite" in wanted,
    }
    if "search_index" in wanted:
        config["SearchLibName"] = "mine"
    sent = {"RegisterConfig": json.dumps(config)}
    if "cover" not in wanted:
        sent["CoverURL"] = "oss://bucket/cover.png"
    if "smart_tags" in wanted:
        sent["SmartTagTemplateId"] = "S00000103-000002"
    if "workflow" in wanted:
        sent["WorkflowId"] = "workflow"
    return sent


@pytest.fixture(scope="module", params=[AtOnce, InAThread])
def courier(request: pytest.FixtureRequest) -> AtOnce:
    courier: AtOnce = request.param()
    return courier


@pytest.fixture(scope="module")
def ims(fake_ims_factory: Factory, courier: AtOnce) -> Iterator[FakeIms]:
    delays = {name: length / 1_000_000 for name, (length, _) in STAGES.items()}
    with fake_ims_factory(
        own_listener=True, delay=delays.pop("analysis"), job_delays=delays, allow="undelivered"
    ) as ims:
        ims.server.desk.courier = courier
        yield ims


@pytest.mark.parametrize("seed", range(3))
def test_every_callback_is_attempted_as_the_model_says(
    ims: FakeIms, courier: AtOnce, seed: int
) -> None:
    class Machine(CallbackMachine):
        def __init__(self) -> None:
            super().__init__(ims, courier)

    run_state_machine_as_test(
        Machine if LONG else hypothesis.seed(seed)(Machine),
        settings=hypothesis.settings(
            examples(30), stateful_step_count=40, phases=[Phase.generate, Phase.shrink]
        ),
    )
