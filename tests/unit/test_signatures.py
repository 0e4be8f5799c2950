"""Signatures: known answers, what can be told apart, and what hostile headers cost."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
import tracemalloc
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from recorded import recorded
from signed import acs3_signature, canonical_query, canonical_request, rpc_signature

from fake_ims.gateway import signatures
from fake_ims.gateway.signatures import Authorization

SECRET = "testsecret"
SHA256 = "ACS3-HMAC-SHA256"
SM3 = "ACS3-HMAC-SM3"
EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

needs_sm3 = pytest.mark.skipif(
    "sm3" not in hashlib.algorithms_available, reason="this Python's OpenSSL has no SM3"
)


def authorization(*names: str, algorithm: str = SHA256) -> Authorization:
    return Authorization(algorithm, "testid", names, "")


def prescribed(
    pairs: list[tuple[str, str]],
    headers: Mapping[str, str],
    *names: str,
    body: bytes = b"",
    algorithm: str = SHA256,
) -> bytes:
    found = signatures.canonical_requests(
        authorization(*names, algorithm=algorithm), "POST", pairs, headers,
        signatures.body_digest(algorithm, body),
    )  # fmt: skip
    return found[0]


# ---------------------------------------------------------------- known answers


def test_string_to_sign_of_hmac_sha1() -> None:
    pairs = [("Title", "a b*~+/\u6807"), ("Action", "X"), ("Empty", ""), ("Signature", "gone")]
    assert signatures.rpc_string_to_sign("POST", pairs) == (
        "POST&%2F&Action%3DX%26Empty%3D%26Title%3Da%2520b%252A~%252B%252F%25E6%25A0%2587"
    )


def test_signature_of_hmac_sha1() -> None:
    text = "GET&%2F&Action%3DX"
    expected = base64.b64encode(hmac.new(b"testsecret&", text.encode(), "sha1").digest()).decode()
    assert signatures.rpc_signature(SECRET, text) == expected == "G70ionrULl8SOKg2rgp59M3Li1o="


def test_canonical_request_and_signature_of_acs3() -> None:
    headers = {"host": "127.0.0.1:1", "x-acs-action": " X ", "unlisted": "u"}
    canonical = prescribed([("b", "2 *"), ("a", "")], headers, "host", "x-acs-action")
    assert canonical == (
        b"POST\n/\na=&b=2%20%2A\nhost:127.0.0.1:1\nx-acs-action:X\n\nhost;x-acs-action\n"
        + EMPTY_SHA256.encode()
    )
    text = signatures.acs3_string_to_sign(SHA256, canonical)
    assert text == f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical).hexdigest()}"
    expected = hmac.new(b"testsecret", text.encode(), "sha256").hexdigest()
    assert signatures.acs3_signature(SECRET, SHA256, text) == expected


@needs_sm3
def test_sm3_takes_the_place_of_sha256_throughout() -> None:
    canonical = prescribed([], {"host": "h"}, "host", body=b"abc", algorithm=SM3)
    assert canonical.endswith(b"66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0")
    text = signatures.acs3_string_to_sign(SM3, canonical)
    assert text == f"ACS3-HMAC-SM3\n{hashlib.new('sm3', canonical).hexdigest()}"
    expected = hmac.new(b"testsecret", text.encode(), "sm3").hexdigest()
    assert signatures.acs3_signature(SECRET, SM3, text) == expected


def test_sm3_can_be_verified_just_where_hashlib_has_it() -> None:
    assert signatures.can_verify(SHA256)
    assert signatures.can_verify(SM3) == ("sm3" in hashlib.algorithms_available)
    assert not signatures.can_verify("ACS3-RSA-SHA256")
    assert not signatures.can_verify("")


TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.lists(st.tuples(TEXTS.filter(lambda name: name != "Signature"), TEXTS)))
def test_any_parameters_are_signed_as_an_independent_client_signs_them(
    pairs: list[tuple[str, str]],
) -> None:
    text = signatures.rpc_string_to_sign("POST", pairs)
    assert signatures.rpc_signature(SECRET, text) == rpc_signature(SECRET, "POST", pairs)
    independent = canonical_request(
        "POST", canonical_query(pairs), {"host": "h"}, ["host"], EMPTY_SHA256
    )
    found = prescribed(pairs, {"host": "h"}, "host")
    assert found == independent
    text = signatures.acs3_string_to_sign(SHA256, found)
    expected = acs3_signature(SECRET, SHA256, independent)
    assert signatures.acs3_signature(SECRET, SHA256, text) == expected


# ---------------------------------------------------------------- what can be told apart


def test_order_of_a_name_that_is_sent_twice_is_signed() -> None:
    """The first value counts, so the same values in another order say something else."""
    one, other = [("A", "2"), ("A", "1")], [("A", "1"), ("A", "2")]
    assert signatures.rpc_string_to_sign("GET", one) != signatures.rpc_string_to_sign("GET", other)
    assert prescribed(one, {}, "host") != prescribed(other, {}, "host")


def candidates(pairs: list[tuple[str, str]]) -> set[bytes]:
    return set(signatures.canonical_requests(authorization("host"), "GET", pairs, {}, ""))


def test_names_of_parameters_may_be_signed_as_they_are() -> None:
    queries = {each.split(b"\n")[2] for each in candidates([("X Y", "1"), ("\u952e", "a b")])}
    assert queries == {
        b"X%20Y=1&%E9%94%AE=a%20b", "X Y=1&\u952e=a%20b".encode(),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([("a", "1"), ("b", "2")], [("a=1&b", "2")]),
        ([("a b", "1")], [("a%20b", "1")]),
        ([("a", "=1")], [("a=%3D1", "")]),
        ([("a", "1")], [("a=1", "")]),
        ([("a", ""), ("b", "")], [("a=&b", "")]),
    ],
)
def test_names_as_they_are_never_pass_for_other_parameters(
    one: list[tuple[str, str]], other: list[tuple[str, str]]
) -> None:
    assert not candidates(one) & candidates(other)


CLOSE = st.lists(st.tuples(st.text("a=&% 5", max_size=3), st.text("a=&", max_size=2)), max_size=3)


@given(CLOSE, CLOSE)
def test_requests_that_mean_something_else_are_never_signed_alike(
    one: list[tuple[str, str]], other: list[tuple[str, str]]
) -> None:
    by_name = [sorted(pairs, key=lambda pair: pair[0]) for pairs in (one, other)]
    if by_name[0] != by_name[1]:
        assert not candidates(one) & candidates(other)


def test_value_of_a_header_is_trimmed_of_blanks_but_of_nothing_else() -> None:
    """A header in UTF-8 may end in a byte that is a blank in latin-1, as the one of "a grave"."""
    value = " \t\u00c3\u00a0 "
    assert b"\nx:\xc3\xa0\n" in prescribed([], {"x": value}, "x")


def test_header_that_was_not_sent_counts_as_empty() -> None:
    assert b"\nhost:h\nx-none:\n\nhost;x-none\n" in prescribed([], {"host": "h"}, "host", "x-none")


# ---------------------------------------------------------------- the header Authorization


def test_authorization_is_taken_apart() -> None:
    value = f"{SHA256} Credential=key,SignedHeaders=host;x-acs-date,Signature=00ff"
    expected = Authorization(SHA256, "key", ("host", "x-acs-date"), "00ff")
    assert signatures.read_authorization(value) == expected
    assert signatures.read_authorization(value.replace(",", ", ")) == expected


@pytest.mark.parametrize(
    "value",
    [
        "",
        "ACS3-HMAC-SHA256",
        "ACS3-HMAC-SHA256 Credential=,SignedHeaders=host,Signature=00",
        "ACS3-HMAC-SHA256 Credential=k,SignedHeaders=,Signature=00",
        "ACS3-HMAC-SHA256 Credential=k,SignedHeaders=host,Signature=",
        "ACS3-HMAC-SHA256 Credential=k,SignedHeaders=host",
        "ACS3-HMAC-SHA256 Credential=k,Signature=00,SignedHeaders=host",
        "ACS3-HMAC-SHA256 Credential=k,SignedHeaders=host,Signature=00,Signature=01",
        "ACS3-HMAC-SHA256 Credential=k,SignedHeaders=host,Signature=00 x",
        "acs3-hmac-sha256 Credential=k,SignedHeaders=host,Signature=00",
        "ACS3-HMAC-SHA256\tCredential=k, SignedHeaders=host; x, Signature=00",
        "ACS3-HMAC-SHA256 Credential=k,SignedHeaders=host;host,Signature=00",
        "ACS3-HMAC-SHA256 Credential=k,SignedHeaders=x-a;X_A,Signature=00",
    ],
)
def test_authorization_of_another_form_is_none(value: str) -> None:
    assert signatures.read_authorization(value) is None


@given(st.text(st.characters(max_codepoint=255)))
def test_any_authorization_is_read_or_not(text: str) -> None:
    for value in (text, f"{SHA256} Credential={text},SignedHeaders={text},Signature={text}"):
        found = signatures.read_authorization(value)
        assert found is None or all(found)


def test_headers_listed_a_thousand_times_do_not_multiply_what_is_signed() -> None:
    """256 KiB of headers, half of them one value, half the list that names it again and again."""
    value = f"{SHA256} Credential=k,SignedHeaders={';'.join(['a'] * 60_000)},Signature=00"
    tracemalloc.start()
    try:
        found = signatures.read_authorization(value)
        if found is not None:
            signatures.canonical_requests(found, "GET", [], {"a": "x" * 120_000}, "")
        assert tracemalloc.get_traced_memory()[1] < 50 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "value",
    [
        "ACS3-" + "A" * 200_000,
        f"{SHA256} Credential=" + "k" * 200_000,
        f"{SHA256} Credential=k,SignedHeaders=" + "a;" * 100_000,
        f"{SHA256}{' ' * 200_000}Credential=k",
        f"{SHA256} Credential=k,{' ' * 200_000}SignedHeaders=host",
        f"{SHA256} Credential=k,SignedHeaders={'h' * 100_000},{' ' * 100_000}x",
    ],
    ids=lambda value: value[:40],
)
def test_authorization_is_read_in_linear_time(value: str) -> None:
    begin = time.process_time()
    assert signatures.read_authorization(value) is None
    assert time.process_time() - begin < 1


def test_names_of_parameters_are_not_kept() -> None:
    """A client may send what it likes, as often as it likes."""
    tracemalloc.start()
    try:
        for number in range(20):
            pairs = [(f"{number}\u00e4" + "x" * 200_000, "v")]
            signatures.rpc_string_to_sign("GET", pairs)
            signatures.canonical_requests(authorization("host"), "GET", pairs, {}, "")
        assert tracemalloc.get_traced_memory()[0] < 1 << 20
    finally:
        tracemalloc.stop()


# ---------------------------------------------------------------- comparison


@pytest.mark.parametrize(("client", "scheme"), [("py-v1_core-2.16.1_ice-1.0.2", "rpc"),
                                                ("go_ice-v7.9.0", "acs3")])  # fmt: skip
def test_comparison_in_constant_time_decides(
    monkeypatch: pytest.MonkeyPatch, client: str, scheme: str
) -> None:
    request = recorded()[client][0]
    assert request.scheme == scheme
    assert request.refusal() == ""
    compared = []

    def compare_digest(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return one != other

    monkeypatch.setattr(hmac, "compare_digest", compare_digest)
    assert request.refusal() == "SignatureDoesNotMatch"
    assert request.refusal(secret="wrong") == ""
    (one, same), (another, _) = compared
    assert one == same != another


@given(st.text(st.characters(exclude_categories=["Cs"])), st.text(max_size=3))
def test_same_is_equality(one: str, other: str) -> None:
    assert signatures.same(one, one)
    if other.isascii():
        assert signatures.same(one, other) == (one == other)
