"""Which hosts are redirected."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_ims.hooks import Hooks
from fake_ims.redirect import Redirect, is_redirected

OURS = (
    "ice.aliyuncs.com",
    "ice.aliyuncs.com.",
    "ICE.AliyunCS.com",
    "ice.cn-shanghai.aliyuncs.com",
    "Ice.CN-Shanghai.aliyuncs.com.",
    "ice.us-west-1.aliyuncs.com",
    "ice.eu-west-1-oxs.aliyuncs.com",
    "ice-vpc.cn-shanghai.aliyuncs.com",
)
OTHERS = (
    "",
    "ice",
    "aliyuncs.com",
    "notice.aliyuncs.com",
    "device.cn-shanghai.aliyuncs.com",
    "ice-vpc.aliyuncs.com",
    "ice-cn.aliyuncs.com",
    "ice.cn-shanghai.aliyuncs.com.cn",
    "ice.cn-shanghai.aliyuncs.co",
    "ice.cn-shanghai.xaliyuncs.com",
    "evil-ice.cn-x.aliyuncs.com",
    "evil-ice.cn-x.aliyuncs.com.example.com",
    "ice.aliyuncs.com.example.com",
    "my.ice.cn-shanghai.aliyuncs.com",
    "ice.cn.shanghai.aliyuncs.com",
    "ice..aliyuncs.com",
    "ice.-.aliyuncs.com",
    "ice.cn_shanghai.aliyuncs.com",
    "ice.cn shanghai.aliyuncs.com",
    "ice.aliyuncs.com..",
    ".ice.aliyuncs.com",
    " ice.aliyuncs.com",
    "ice.aliyuncs.com\n",
    "ice.aliyuncs.com:80",
    "ice.\u212a.aliyuncs.com",
    "ice.aliyunc\u017f.com",
    "ice\u3002aliyuncs.com",
    "mts.cn-shanghai.aliyuncs.com",
    "sts.aliyuncs.com",
    "oss-cn-shanghai.aliyuncs.com",
    "ice.oss-cn-shanghai.aliyuncs.com.evil",
    "127.0.0.1",
)


@pytest.mark.parametrize("host", OURS)
def test_hosts_of_ims_are(host: str) -> None:
    assert is_redirected(host)


@pytest.mark.parametrize("host", OTHERS)
def test_no_others_are(host: str) -> None:
    assert not is_redirected(host)


@pytest.mark.parametrize("host", [None, b"ice.aliyuncs.com", 1])
def test_what_is_no_text_is_not(host: object) -> None:
    assert not is_redirected(host)


LABELS = st.text("abcice-0.", max_size=12)


@given(before=LABELS, after=LABELS)
def test_nothing_may_stand_around_the_name(before: str, after: str) -> None:
    host = f"{before}ice.cn-shanghai.aliyuncs.com{after}"
    assert is_redirected(host) == (before == "" and after in ("", "."))


@pytest.mark.parametrize(
    "url", ["", "127.0.0.1:80", "https://127.0.0.1:80", "http://127.0.0.1", "http://127.0.0.1:x"]
)
def test_a_redirect_leads_to_an_address(url: str) -> None:
    with pytest.raises(ValueError, match="is not of the form http://127"):
        Redirect(url, Hooks())


def test_its_repr_says_where_it_leads() -> None:
    redirect = Redirect("http://127.0.0.1:9", Hooks())
    assert repr(redirect) == "<Redirect to http://127.0.0.1:9, stopped>"
    with redirect:
        assert repr(redirect) == "<Redirect to http://127.0.0.1:9>"
