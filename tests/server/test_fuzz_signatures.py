"""However a request is written down, its signature is good if it means what was signed; else not.

See ``test_fuzz.py`` for how to draw more examples.
"""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import fuzz
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import TYPES, Factory, examples, exchange, fake, one_answer, read
from signed import rpc_signature, rpc_string_to_sign
from spoiling import odd_authorizations

from fake_ims import FakeIms
from fake_ims.journal.wanted import COMMON_PARAMETERS


@pytest.fixture(scope="module")
def enforcing(fake_ims_factory: Factory) -> Iterator[FakeIms]:
    """A fake that refuses wrong signatures."""
    with fake(fake_ims_factory, mode="enforce") as ims:
        yield ims


# ---------------------------------------------------------------- HMAC-SHA1

KNOWN = {*fuzz.NAMES, *COMMON_PARAMETERS}
UNKNOWN = fuzz.PAIRS.map(lambda pairs: [pair for pair in pairs if pair[0] not in KNOWN])
FORMATS = st.sampled_from(["JSON", "json", "XML", "xml"])


def own_pairs(data: st.DataObject) -> list[fuzz.Pair]:
    """Parameters that the operation takes, or does not know and lets pass."""
    return [("InputURL", f"oss://b/{uuid.uuid4()}.mp4"), *data.draw(UNKNOWN)]


def rpc_request(
    ims: FakeIms, dice: random.Random, method: str, query: list[fuzz.Pair], form: list[fuzz.Pair]
) -> bytes:
    """These parameters, in any of their spellings."""
    headers = [b"Host: " + ims.endpoint.encode()]
    if form:
        headers.append(b"Content-Type: " + fuzz.FORM.encode())
    segments, body = fuzz.spelled_pairs(query, dice), b"&".join(fuzz.spelled_pairs(form, dice))
    return fuzz.Sent(method.encode(), segments, headers, body).raw()


@given(st.data(), fuzz.DICE, st.sampled_from(["GET", "POST"]))
@examples(100)
def test_any_encoding_of_what_was_signed_is_accepted(
    enforcing: FakeIms, data: st.DataObject, dice: random.Random, method: str
) -> None:
    keys = enforcing.ram.default
    form = data.draw(FORMATS)
    pairs = [*fuzz.common_pairs(keys, Format=form), *own_pairs(data)]
    pairs.append(("Signature", rpc_signature(keys.access_key_secret, method, pairs)))
    pairs = fuzz.in_any_order(pairs, dice)
    in_query = data.draw(st.integers(0, len(pairs))) if method == "POST" else len(pairs)
    sent = rpc_request(enforcing, dice, method, pairs[:in_query], pairs[in_query:])
    answer, document = one_answer(enforcing, sent)
    assert answer.status == 200, document
    assert answer.headers["content-type"] == TYPES[form.upper()]


def another(data: st.DataObject, pairs: list[fuzz.Pair]) -> list[fuzz.Pair]:
    """The pairs with another meaning."""
    at = data.draw(st.integers(0, len(pairs) - 1))
    name, value = pair = pairs[at]
    changes: list[list[fuzz.Pair]] = [
        [], [pair, pair], [pair, ("", "")], [pair, ("x", "~")], [(name + "*", value)],
        [(name, f"{value}&x=1")], [(name, f"{value}=")], [(f"{name}={value}", "")],
        *([(name, value + more)] for more in ("+", " ", "%20", "/", "~", "\0", "\u0301")),
    ]  # fmt: skip
    return [*pairs[:at], *data.draw(st.sampled_from(changes)), *pairs[at + 1 :]]


@given(st.data(), fuzz.DICE, st.sampled_from(["GET", "POST"]))
@examples(100)
def test_any_other_meaning_than_what_was_signed_is_refused(
    enforcing: FakeIms, data: st.DataObject, dice: random.Random, method: str
) -> None:
    keys = enforcing.ram.default
    common, own = fuzz.common_pairs(keys, Format=data.draw(FORMATS)), own_pairs(data)
    signature = rpc_signature(keys.access_key_secret, method, [*common, *own])
    if data.draw(st.sampled_from([True, True, True, False])):
        own = another(data, own)
    else:
        method = {"GET": "POST", "POST": "GET"}[method]
    pairs = [*common, *own, ("Signature", signature)]
    sent = rpc_request(enforcing, dice, method, fuzz.in_any_order(pairs, dice), [])
    answer, document = one_answer(enforcing, sent)
    assert (answer.status, document["Code"]) == (400, "SignatureDoesNotMatch")
    assert document["Message"].partition("is:")[2] == rpc_string_to_sign(method, pairs[:-1])


# ---------------------------------------------------------------- ACS3


@dataclass
class Acs3:
    """What an ACS3 request says, before it is written down."""

    method: str
    query: list[fuzz.Pair]
    headers: list[tuple[bytes, bytes]]
    body: bytes

    def authorization(self, keys: Any) -> bytes:
        """All that it says, signed."""
        return fuzz.acs3_authorization(keys, self.method, self.query, self.headers, self.body)

    def raw(self, authorization: bytes, dice: random.Random) -> bytes:
        """In any of its spellings: blanks around the value of a header mean nothing."""
        lines = [b"Authorization: " + authorization]
        for name, value in self.headers:
            blanks = [dice.choice([b"", b" ", b"\t", b"   "]) for _ in range(2)]
            spelled = dice.choice([name.lower(), name.upper(), name])
            lines.append(spelled + b":" + blanks[0] + value + blanks[1])
        dice.shuffle(lines)
        segments = fuzz.spelled_pairs(fuzz.in_any_order(self.query, dice), dice)
        return fuzz.Sent(self.method.encode(), segments, lines, self.body).raw()


FIELD_VALUES = st.text(
    st.characters(exclude_categories=["Cc", "Cs"]) | st.sampled_from("\xa0\xe0\u2026"), max_size=6
).map(lambda text: text.strip(" ").encode())


def acs3_request(ims: FakeIms, data: st.DataObject, dice: random.Random) -> Acs3:
    """Parameters in the query, and perhaps a form, JSON or anything else in the body."""
    query, others = own_pairs(data), data.draw(UNKNOWN)
    bodies = {
        "": b"",
        fuzz.FORM: b"&".join(fuzz.spelled_pairs(others, dice)),
        fuzz.JSON: json.dumps(dict(others)).encode(),
        "image/png": repr(others).encode(),
    }
    kind = data.draw(st.sampled_from(list(bodies)))
    body = bodies[kind]
    method = "POST" if body else data.draw(st.sampled_from(["GET", "POST"]))
    headers = fuzz.acs3_headers(ims.ram.default, ims.endpoint, body)
    headers.append((b"x-acs-note", data.draw(FIELD_VALUES)))
    if kind:
        headers.append((b"Content-Type", kind.encode()))
    return Acs3(method, query, headers, body)


@given(st.data(), fuzz.DICE)
@examples(100)
def test_any_encoding_of_what_acs3_has_signed_is_accepted(
    enforcing: FakeIms, data: st.DataObject, dice: random.Random
) -> None:
    request = acs3_request(enforcing, data, dice)
    sent = request.raw(request.authorization(enforcing.ram.default), dice)
    answer, document = one_answer(enforcing, sent)
    assert answer.status == 200, document


@given(st.data(), fuzz.DICE)
@examples(100)
def test_any_other_meaning_than_what_acs3_has_signed_is_refused(
    enforcing: FakeIms, data: st.DataObject, dice: random.Random
) -> None:
    request = acs3_request(enforcing, data, dice)
    authorization = request.authorization(enforcing.ram.default)
    what = data.draw(st.sampled_from(["query", "method", "body", "header"]))
    if what == "query":
        request.query = another(data, request.query)
    elif what == "method":
        request.method = {"GET": "POST", "POST": "GET"}[request.method]
    elif what == "body":
        request.body += b"&x=1" if b"{" not in request.body else b" "
    else:
        request.headers = [
            (name, value + b"!" * (name == b"x-acs-note")) for name, value in request.headers
        ]
    answer, document = one_answer(enforcing, request.raw(authorization, dice))
    assert (answer.status, document["Code"]) == (400, "SignatureDoesNotMatch")


REFUSALS = {
    "IncompleteSignature", "SignatureDoesNotMatch", "InvalidSignatureMethod", "MissingAccessKeyId",
    "InvalidAccessKeyId.NotFound", "FakeIms.CannotVerifySignature",
}  # fmt: skip


@given(st.data(), fuzz.DICE)
@examples(150)
def test_an_authorization_that_says_something_else_is_refused(
    enforcing: FakeIms, data: st.DataObject, dice: random.Random
) -> None:
    request = acs3_request(enforcing, data, dice)
    good = request.authorization(enforcing.ram.default)
    with enforcing.scratch():
        _, (answer,) = exchange(enforcing, [request.raw(data.draw(odd_authorizations(good)), dice)])
    assert read(answer)["Code"] in REFUSALS
