"""A server that is stopped while a callback is under way, and started again."""

from __future__ import annotations

import threading

from fake_ims import FakeIms


def test_what_was_cut_is_attempted_again() -> None:
    with FakeIms(delay="1s") as ims, ims.callbacks.receiver() as inbox:
        ims.clock.freeze()
        inbox.hang(times=1)
        ims.register(InputURL="oss://bucket/a.png", UserData={"NotifyAddress": inbox.url})
        settling = threading.Thread(target=ims.settle)
        settling.start()
        inbox.wait_for(1)
        ims.server.stop()
        settling.join(20)
        assert not settling.is_alive()
        (callback,) = ims.callbacks
        assert (callback.outcome, callback.attempts) == ("pending", ())
        ims.server.start()
        assert ims.callbacks.wait_for().outcome == "delivered"
        assert len(inbox.received) == 2
