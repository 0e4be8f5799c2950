"""The snippets of the README and the documents run, and the generated tables are up to date."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from rpc import Rpc

from fake_ims import FakeIms
from fake_ims.operations import every_operation
from fake_ims.settings import Settings
from fake_ims.tables import documents, with_operations

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[2]
DOCUMENTS = (
    "README.md",
    "CONTRIBUTING.md",
    "docs/testing.md",
    "docs/library.md",
    "docs/callbacks.md",
    "docs/after_registration.md",
    "docs/jobs.md",
    "docs/redirect.md",
    "docs/gateway.md",
    "docs/faults.md",
)
EXAMPLES = ("library.md", "callbacks.md", "jobs.md")
SDK_WARNS = ("-W", "ignore:datetime.datetime.utcnow() is deprecated:DeprecationWarning")
ASYNCIO = ("-o", "asyncio_default_fixture_loop_scope=function")
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#:]+)\)")


def snippets(name: str) -> list[str]:
    text = (ROOT / name).read_text(encoding="utf-8")
    return [block for language, block in FENCE.findall(text) if language == "python"]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_python_snippet_runs_as_it_stands(name: str, pytester: pytest.Pytester) -> None:
    found = snippets(name)
    assert found
    for number, snippet in enumerate(found):
        assert "def test_" in snippet, "a snippet without a test would not be run"
        (pytester.path / f"test_snippet_{number}.py").write_text(snippet, encoding="utf-8")
    result = pytester.runpytest_subprocess("-W", "error", *SDK_WARNS, *ASYNCIO, "-p", "no:randomly")
    outcomes = result.parseoutcomes()
    assert set(outcomes) <= {"passed"}
    assert outcomes["passed"] >= len(found)


def test_the_readme_shows_a_failure_as_it_is(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.clock.freeze("2026-01-31T12:00:00Z")
    rpc.register("oss://my-bucket/a.mp4", Title="Trailer 2", UserData='{"Team":"tv"}')
    with pytest.raises(AssertionError) as failed:
        fake_ims.calls.assert_called(
            "RegisterMediaInfo", Title="Trailer", UserData={"Team": "film"}
        )
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = [block for language, block in FENCE.findall(readme) if language == "text"]
    assert f"AssertionError: {failed.value}\n" in shown


@pytest.mark.fake_ims(seed=3)
def test_the_timeline_is_shown_as_it_is_printed(fake_ims: FakeIms) -> None:
    fake_ims.clock.freeze("2026-01-31T12:00:00Z")
    with fake_ims.callbacks.receiver() as inbox:
        inbox.answer(500, times=2)
        sent = {"UserData": {"NotifyAddress": inbox.url}}
        asset = fake_ims.register(InputURL="oss://my-bucket/a.mp4", **sent)
        fake_ims.callbacks.wait_for("RegisterMediaComplete", media_id=asset.media_id)
        fake_ims.clock.advance(0)
        printed = str(fake_ims.timeline(asset.media_id)).replace(inbox.url, "http://127.0.0.1:8000")
    page = (ROOT / "docs/callbacks.md").read_text(encoding="utf-8")
    assert [block for language, block in FENCE.findall(page) if language == "text"] == [
        f"{printed}\n"
    ]


@pytest.mark.fake_ims(seed=4)
def test_all_that_a_registration_sets_off_is_shown_as_it_is_printed(fake_ims: FakeIms) -> None:
    fake_ims.clock.freeze("2026-01-31T12:00:00Z")
    page = (ROOT / "docs/after_registration.md").read_text(encoding="utf-8")
    snippet = next(block for language, block in FENCE.findall(page) if language == "python")
    printed: list[object] = []
    names = {"print": printed.append}
    exec(snippet, names)
    names["test_all_of_it"](fake_ims)
    assert [block for language, block in FENCE.findall(page) if language == "text"] == [
        f"{printed[0]}\n"
    ]


@pytest.mark.parametrize("name", documents())
def test_the_generated_documents_are_up_to_date(name: str) -> None:
    written = (ROOT / "docs" / name).read_text(encoding="utf-8")
    assert written == documents()[name], "run: python .ci/write_tables.py"


def test_the_readmes_table_is_up_to_date() -> None:
    written = (ROOT / "README.md").read_text(encoding="utf-8")
    assert written == with_operations(written), "run: python .ci/write_tables.py"
    with pytest.raises(ValueError, match="no place for the table"):
        with_operations("# fake-ims\n")


@pytest.mark.parametrize("action", [operation.action for operation in every_operation()])
def test_every_operation_has_an_example_that_calls_it(action: str) -> None:
    texts = [(ROOT / "docs" / name).read_text(encoding="utf-8") for name in EXAMPLES]
    wanted = re.compile(rf"^### {action}\n(.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)
    (section,) = [section for text in texts for section in wanted.findall(text)]
    method = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", action).lower()
    blocks = [block for language, block in FENCE.findall(section) if language == "python"]
    assert any(f".{method}(" in block or f'"{action}"' in block for block in blocks)


@pytest.mark.parametrize("path", sorted(ROOT.glob("*.md")) + sorted(ROOT.glob("docs/*.md")))
def test_every_link_leads_somewhere(path: Path) -> None:
    for target in LINK.findall(path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), target


def test_the_documents_name_only_settings_that_exist() -> None:
    texts = [(ROOT / name).read_text(encoding="utf-8") for name in DOCUMENTS]
    named = set(re.findall(r"\bfake_ims_([a-z_]+) =", "\n".join(texts)))
    assert named
    assert named <= Settings.table.keys()


def test_access_levels_are_the_documented_ones() -> None:
    """Those that operations.md says are documented."""
    levels = {each.action: each.access for each in every_operation()}
    assert (levels["RegisterMediaInfo"], levels["RegisterMediaStream"]) == ("create", "create")
    assert levels["SetEventCallback"] == "update"
    read = ("GetMediaInfo", "ListMediaBasicInfos", "SearchMedia", "GetEventCallback")
    assert {levels[action] for action in read if action in levels} == {"get"}
