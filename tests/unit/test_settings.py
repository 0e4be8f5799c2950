"""The one table of settings."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_ims import FakeIms, SettingError
from fake_ims.evidence import Evidence
from fake_ims.setting_kinds import Delay
from fake_ims.settings import Choices, Settings, from_environment, parse_setting
from fake_ims.texts import nearest

SECOND = 1_000_000

ACCEPTED: list[tuple[str, Any, Any]] = [
    ("region", "cn-beijing", "cn-beijing"),
    ("region", "ap-southeast-1", "ap-southeast-1"),
    ("account_id", "1234567890123456", "1234567890123456"),
    ("account_id", 1234567890123456, "1234567890123456"),
    ("delay", "2s..3s", Delay(2 * SECOND, 3 * SECOND)),
    ("delay", "2s .. 3s", Delay(2 * SECOND, 3 * SECOND)),
    ("delay", "1.5s", Delay(1_500_000, 1_500_000)),
    ("delay", "0", Delay(0, 0)),
    ("delay", 0, Delay(0, 0)),
    ("delay", 2.5, Delay(2_500_000, 2_500_000)),
    ("delay", (1, "2s"), Delay(SECOND, 2 * SECOND)),
    ("delay", ["10ms", 1], Delay(10_000, SECOND)),
    ("delay", Delay(1, 2), Delay(1, 2)),
    ("completion", "time", "time"),
    ("completion", "reads", "reads"),
    ("completion", "hand", "hand"),
    ("reads", "0", 0),
    ("reads", 5, 5),
    ("seed", 7, 7),
    ("seed", "7", 7),
    ("seed", None, None),
    ("seed", "", None),
    ("journal_size", 1, 1),
    ("client_token_window", "24h", 86_400 * SECOND),
    ("client_token_window", 0, 0),
    ("vod_domain", "cdn.example.com", "cdn.example.com"),
    ("vod_domain", "", ""),
    ("host", "::1", "::1"),
    ("host", "localhost", "localhost"),
    ("port", 0, 0),
    ("port", "65535", 65535),
    ("max_body", "64MiB", 64 << 20),
    ("max_body", "1 kib", 1024),
    ("max_body", "1GiB", 1 << 30),
    ("max_body", 1000, 1000),
    ("keys", "session", "session"),
    ("allow_hosts", "a.aliyuncs.com, b.aliyuncs.com", ("a.aliyuncs.com", "b.aliyuncs.com")),
    ("allow_hosts", "", ()),
    ("allow_hosts", ["x"], ("x",)),
    ("callback_hosts", "*.example.com 10.0.0.1,[::1]", ("*.example.com", "10.0.0.1", "[::1]")),
    ("callback_hosts", ["fe80::12:2"], ("fe80::12:2",)),
    ("callback_hosts", "", ()),
    ("callback_timeout", "50ms", 50_000),
    ("callback_timeout", 1, SECOND),
    *(
        (name, text, value)
        for name in ("strict", "guard")
        for text, value in [
            (True, True), ("true", True), ("True", True), ("1", True), ("yes", True), ("on", True),
            (" TRUE ", True), (False, False), ("false", False), ("0", False), ("no", False),
            ("off", False), (1, True), (0, False),
        ]
    ),
]  # fmt: skip

REFUSED: list[tuple[str, Any]] = [
    ("region", "shanghai"), ("region", "CN-SHANGHAI"), ("region", ""), ("region", "cn-shanghai\n"),
    ("region", None), ("account_id", "123"), ("account_id", "0123456789012345"),
    ("account_id", "\uff11234567890123456"),
    ("delay", "3s..2s"), ("delay", "-1s"), ("delay", "soon"), ("delay", "1s..2s..3s"),
    ("delay", ""), ("delay", ()), ("delay", None), ("delay", float("nan")), ("delay", float("inf")),
    ("delay", True), ("delay", "9" * 400), ("delay", {}), ("delay", [None]),
    ("callback_timeout", 0), ("callback_timeout", "-1s"), ("callback_timeout", "1e-9"),
    ("callback_hosts", "http://x"), ("callback_hosts", "x:80"), ("callback_hosts", "[::1]:80"),
    ("callback_hosts", "10.0.0.0/8"),
    ("completion", "later"), ("completion", "Time"), ("completion", None),
    ("reads", -1), ("reads", 1.5), ("reads", True), ("reads", "x"), ("reads", None),
    ("seed", -1), ("seed", "x"), ("seed", 1.5), ("seed", True),
    ("journal_size", 0), ("journal_size", "0"),
    ("client_token_window", "-1s"), ("client_token_window", "soon"), ("client_token_window", None),
    ("vod_domain", "http://cdn.example.com"), ("vod_domain", "a b"), ("vod_domain", None),
    ("host", ""), ("host", "a b"), ("host", None),
    ("port", -1), ("port", 65536), ("port", "http"), ("port", True), ("port", None),
    ("max_body", "64MB"), ("max_body", "-1"), ("max_body", ""), ("max_body", True),
    ("max_body", None), ("max_body", 1.5),
    ("keys", "forever"), ("guard", "maybe"), ("guard", 2), ("strict", ""), ("strict", None),
    ("allow_hosts", None), ("allow_hosts", 5),
    ("url_identity", "URL"), ("url_identity", None), ("url_identity", ["url"]),
    ("missing_parameter", "Gateway"), ("auth_timeout_range", ""),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value", "expected"), ACCEPTED, ids=repr)
def test_form_is_accepted(name: str, value: Any, expected: Any) -> None:
    parsed = parse_setting(name, value)
    assert parsed == expected
    assert isinstance(parsed, type(expected))
    assert getattr(Settings().replace(**{name: value}), name) == expected


@pytest.mark.parametrize(("name", "value"), REFUSED, ids=lambda value: repr(value)[:30])
def test_form_is_refused_with_the_form_that_is_wanted(name: str, value: Any) -> None:
    with pytest.raises(SettingError) as caught:
        parse_setting(name, value)
    assert str(caught.value).startswith(f"{name} does not take ")
    assert str(caught.value).endswith(f"(form: {Settings.table[name].form})")


@pytest.mark.parametrize(("name", "value", "expected"), ACCEPTED, ids=repr)
def test_value_that_was_read_already_is_not_read_again(
    name: str, value: Any, expected: Any
) -> None:
    """The environment, ini file and command line hand on what they have read."""
    parsed = parse_setting(name, value)
    assert parse_setting(name, parsed) == parsed


def test_environment_and_keyword_mean_the_same() -> None:
    found = from_environment({"FAKE_IMS_CLIENT_TOKEN_WINDOW": "10m", "FAKE_IMS_DELAY": "2s..3s"})
    assert Settings().replace(**found) == Settings().replace(
        client_token_window="10m", delay="2s..3s"
    )


@given(
    st.sampled_from(sorted(Settings.table)),
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.binary(),
        st.lists(st.text()), st.dictionaries(st.text(), st.text()),
    ),
)  # fmt: skip
def test_whatever_is_given_is_parsed_or_a_setting_error(name: str, value: Any) -> None:
    try:
        parsed = parse_setting(name, value)
    except SettingError:
        return
    assert parse_setting(name, parsed) == parsed


@pytest.mark.parametrize("name", Settings.table)
def test_default_is_of_its_own_form(name: str) -> None:
    info = Settings.table[name]
    assert info.parse(info.default) == info.default
    assert getattr(Settings(), name) == info.default


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("delays", "delay"),
        ("Strict", "strict"),
        ("url_identify", "url_identity"),
        ("seeds", "seed"),
    ],
)
def test_unknown_setting_is_an_error_with_the_nearest_right_one(wrong: str, right: str) -> None:
    with pytest.raises(SettingError, match=f"no setting is called .*; did you mean {right}"):
        parse_setting(wrong, 1)
    settings: dict[str, Any] = {wrong: 1}
    with pytest.raises(SettingError, match=f"did you mean {right}"):
        FakeIms(**settings)


def test_nothing_near_makes_no_hint() -> None:
    assert nearest("zzzzzz", ["delay"]) == ""
    with pytest.raises(SettingError, match=r"no setting is called 'zzzzzz'$"):
        parse_setting("zzzzzz", 1)


def test_settings_do_not_change() -> None:
    settings = Settings()
    assert settings.replace(delay=0) != settings
    assert settings == Settings()
    with pytest.raises(AttributeError):
        settings.strict = True  # type: ignore[misc]


def test_environment_twins() -> None:
    assert from_environment({"FAKE_IMS_DELAY": "0", "FAKE_IMS_STRICT": "yes", "PATH": "x"}) == {
        "delay": Delay(0, 0),
        "strict": True,
    }
    assert from_environment({}) == {}


def test_environment_of_a_child_process_is_no_setting() -> None:
    with FakeIms() as ims:
        assert from_environment(ims.env()) == {}


@pytest.mark.parametrize(
    ("variable", "text", "message"),
    [
        (
            "FAKE_IMS_DELAYS",
            "0",
            "no setting is called FAKE_IMS_DELAYS; did you mean FAKE_IMS_DELAY",
        ),
        ("FAKE_IMS_DELAY", "soon", "FAKE_IMS_DELAY does not take 'soon'"),
        ("FAKE_IMS_", "x", "no setting is called FAKE_IMS_"),
    ],
)
def test_mistake_in_the_environment_is_an_error(variable: str, text: str, message: str) -> None:
    with pytest.raises(SettingError, match=re.escape(message)):
        from_environment({variable: text})


def test_table_says_all_there_is_to_say() -> None:
    for name, info in Settings.table.items():
        assert info.name == name
        assert info.environment == f"FAKE_IMS_{name.upper()}"
        assert info.flag == f"--{name.replace('_', '-')}"
        assert info.help.strip()
        assert info.form
        assert info.scope in ("world", "listener", "pytest")
        assert isinstance(info.evidence, Evidence)


def test_pytest_plugin_knows_every_setting_without_importing_the_table() -> None:
    from fake_ims import pytest_plugin

    assert sorted(pytest_plugin.SETTINGS) == sorted(Settings.table)


def test_choices_remember_what_was_relied_on() -> None:
    choices = Choices(Settings())
    assert choices.relied_on == set()
    assert choices.of("url_identity") == "location"
    assert choices.of("url_identity") == "location"
    assert choices.relied_on == {"url_identity"}


@pytest.mark.parametrize(
    ("delay", "text"), [("2s..3s", "2s..3s"), ("1.5s", "1.5s"), (0, "0s"), ("10ms", "0.01s")]
)
def test_delay_is_written_in_a_form_that_is_read_again(delay: Any, text: str) -> None:
    parsed = parse_setting("delay", delay)
    assert str(parsed) == text
    assert parse_setting("delay", str(parsed)) == parsed


@given(st.integers(0, 10**12), st.integers(0, 10**12), st.randoms(use_true_random=False))
def test_delay_draws_between_its_ends(one: int, two: int, generator: Any) -> None:
    delay = Delay(min(one, two), max(one, two))
    assert delay.low <= delay.draw(generator) <= delay.high
