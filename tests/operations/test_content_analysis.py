"""SetContentAnalyzeConfig and GetContentAnalyzeConfig, and what registrations make of it."""

from __future__ import annotations

from typing import Any

import pytest
from rpc import Rpc, invalid

from fake_ims import FakeIms

URL = "oss://bucket/a.mp4"
ALL = {"Auto": "true", "SaveType": "TEXT,FACE", "TemplateId": "S00000101-100070"}


def shown(rpc: Rpc) -> Any:
    return rpc("GetContentAnalyzeConfig").json["ContentAnalyzeConfig"]


def tagged(ims: FakeIms, media_id: str) -> list[str]:
    ims.settle()
    kinds = (job.kind for job in ims.jobs.of(media_id=media_id))
    return [kind for kind in kinds if kind in ("smart_tags", "saving")]


def test_nothing_is_analysed_until_it_is_set(fake_ims: FakeIms, rpc: Rpc) -> None:
    assert shown(rpc) == {"Auto": False}
    assert tagged(fake_ims, rpc.register(URL).media_id) == []
    reply = rpc("SetContentAnalyzeConfig", **ALL)
    assert (list(reply.json), reply.json["Success"]) == (["RequestId", "Success"], True)
    assert shown(rpc) == {
        "Auto": True, "SaveType": "TEXT,FACE", "TemplateId": "S00000101-100070",
    }  # fmt: skip
    later = rpc.register("oss://bucket/b.mp4").media_id
    assert tagged(fake_ims, later) == ["smart_tags", "saving"]
    assert rpc.get(later)["AiRoughData"]["SaveType"] == "TEXT,FACE"


def test_what_is_not_sent_is_as_by_default(rpc: Rpc) -> None:
    rpc("SetContentAnalyzeConfig", **ALL)
    rpc("SetContentAnalyzeConfig", SaveType=" FACE , ,DNA,FACE")
    assert shown(rpc) == {"Auto": False, "SaveType": "FACE,DNA"}
    rpc("SetContentAnalyzeConfig")
    assert shown(rpc) == {"Auto": False}


def test_without_a_save_type_nothing_is_saved(fake_ims: FakeIms, rpc: Rpc) -> None:
    rpc("SetContentAnalyzeConfig", Auto="True", TemplateId="S00000101-100040")
    media_id = rpc.register(URL).media_id
    assert tagged(fake_ims, media_id) == ["smart_tags"]
    assert fake_ims.assets[media_id].insights.ocr == ()
    (event,) = fake_ims.events.of("MediaAiAnalysisComplete")
    assert event.status == "Success"


def test_it_counts_when_the_analysis_ends(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = rpc.register(URL).media_id
    rpc("SetContentAnalyzeConfig", **ALL)
    fake_ims.complete(media_id, "analysis")
    rpc("SetContentAnalyzeConfig", Auto="false")
    assert tagged(fake_ims, media_id) == ["smart_tags", "saving"]


@pytest.mark.parametrize("name", ["SaveType", "Auto"])
def test_a_wrong_value_is_refused_and_changes_nothing(rpc: Rpc, name: str) -> None:
    rpc("SetContentAnalyzeConfig", **ALL)
    before = shown(rpc)
    reply = rpc("SetContentAnalyzeConfig", **{**ALL, name: "TEXT;FACE"})
    assert reply.status == 400
    assert shown(rpc) == before


def test_another_template_is_refused_only_strictly(rpc: Rpc) -> None:
    assert rpc("SetContentAnalyzeConfig", TemplateId="mine").status == 200
    with FakeIms(strict=True) as strict:
        other = Rpc(strict)
        reply = other("SetContentAnalyzeConfig", TemplateId="mine")
        assert reply.refusal == invalid("TemplateId")
        assert other("SetContentAnalyzeConfig", **ALL).status == 200


def test_it_ends_with_its_world(fake_ims: FakeIms, rpc: Rpc) -> None:
    rpc("SetContentAnalyzeConfig", **ALL)
    fake_ims.reset()
    assert shown(rpc) == {"Auto": False}
