"""Requests that official clients sent: verified, and altered.

Each verifies as it was sent. Nothing in it that is signed can be altered without a refusal, and
what is not signed can.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode

import pytest
from recorded import Recorded, recorded
from signed import ENCODINGS

from fake_ims.clock import Instant, iso
from fake_ims.gateway.request import HttpRequest

SM3 = "sm3" in hashlib.algorithms_available
FORM = "application/x-www-form-urlencoded"
WRONG = "SignatureDoesNotMatch"
COVERED = {
    "host", "x-acs-action", "x-acs-version", "x-acs-date", "x-acs-signature-nonce",
    "x-acs-content-sha256", "x-acs-security-token", "x-acs-accesskey-id",
}  # fmt: skip
"""The headers that SignedHeaders must list where they are sent."""
Pairs = list[tuple[str, str]]

MISSIGNED = {"py2_ice-2.4.0": [0], "py2_ice-2.4.0_bytes": [0]}
"""The SDK for Python 2 signs ``~`` as ``%257E``; the real service would refuse that, too."""

BEARER = {"node_generic_openapi-core-1.0.8": [10], "py-generic_tea-openapi-0.4.6": [7, 16, 25, 34]}
"""Bearer tokens are sent in place of a signature."""

ANONYMOUS = {
    "node_generic_openapi-core-1.0.8": [4, 9],
    "py-generic_tea-openapi-0.4.6": [6, 15, 24, 33],
}
"""Generic calls with ``authType: Anonymous``, of operations that are not anonymous."""

NOT_VERIFIABLE = [
    recorded()[client][number]
    for table in (MISSIGNED, BEARER, ANONYMOUS)
    for client, numbers in table.items()
    for number in numbers
]


def signed_by(client: str) -> list[Recorded]:
    """What a client signed rightly."""
    if client.endswith("_sm3") and not SM3:
        pytest.skip("this Python's OpenSSL has no SM3")
    return [each for each in recorded()[client] if each not in NOT_VERIFIABLE]


each_client = pytest.mark.parametrize("client", recorded())

# ---------------------------------------------------------------- as they were sent


@each_client
def test_recorded_requests_verify(client: str) -> None:
    assert [each for each in signed_by(client) if each.refusal()] == []


def test_those_that_do_not_are_known_by_name() -> None:
    everything = [each for requests in recorded().values() for each in requests]
    assert (len(everything), len(NOT_VERIFIABLE)) == (459, 2 + 11)
    refusals = {repr(each): each.refusal() for each in NOT_VERIFIABLE}
    assert set(refusals.values()) == {
        WRONG, "FakeIms.UnknownBearerToken", "MissingAccessKeyId",
    }  # fmt: skip
    assert sum(refusal == WRONG for refusal in refusals.values()) == 2
    assert sum(each.scheme == "bearer" for each in NOT_VERIFIABLE) == 5
    assert sum(each.scheme == "none" for each in NOT_VERIFIABLE) == 6


def test_both_schemes_and_every_way_to_carry_parameters_are_among_them() -> None:
    ways = {
        (each.scheme, each.http.method, bool(each.http.query), bool(each.http.body))
        for requests in recorded().values()
        for each in requests
    }
    for scheme in ("rpc", "acs3"):
        for way in (("GET", True, False), ("POST", True, False), ("POST", True, True)):
            assert (scheme, *way) in ways
        assert (scheme, "POST", False, True) in ways


# ---------------------------------------------------------------- altered


class Variant(NamedTuple):
    """An altered request, and the code with which it must be refused."""

    what: str
    http: HttpRequest
    expected: str = WRONG
    secret: str | None = None


MISSING = (
    "Action", "Version", "AccessKeyId", "SignatureMethod", "SignatureVersion", "Timestamp",
    "SignatureNonce",
)  # fmt: skip
WITHOUT = {name: f"Missing{name}" for name in MISSING} | {
    "Signature": "IncompleteSignature",
    "SecurityToken": "MissingSecurityToken",
}
"""What is said of a request without a parameter, when it is not that the signature is wrong."""

OTHERWISE = {
    "AccessKeyId": "InvalidAccessKeyId.NotFound",
    "Format": "InvalidParameter.Format",
    "SecurityToken": "InvalidSecurityToken.Malformed",
    "SignatureMethod": "InvalidSignatureMethod",
    "SignatureVersion": "InvalidSignatureVersion",
    "Timestamp": "InvalidTimeStamp.Format",
}
"""What is said of a parameter with a letter more or less, likewise."""

IN_HEADERS = {
    "x-acs-version": "Version",
    "x-acs-date": "Timestamp",
    "x-acs-signature-nonce": "SignatureNonce",
    "x-acs-security-token": "SecurityToken",
}


READ = {*IN_HEADERS, "x-acs-content-sha256"}
"""The headers that are not only signed: they are judged by themselves, as the listener gives them,
without blanks around them."""

ANY = "any"
"""Refused, by whatever code: it is read as another request."""

BODY_PARAMETERS = ("InputURL", "Title", "MediaTags")
"""Those with other letters than ASCII, where a byte less is no longer UTF-8."""

UNREADABLE = "wrong, or not to be read"
"""The signature is wrong, if the body is still UTF-8 and JSON."""


def alterations_of_pairs(pairs: Pairs) -> Iterator[tuple[str, Pairs, str]]:
    """What is altered, the pairs, and the code."""
    for index, (name, value) in enumerate(pairs):
        before, after = pairs[:index], pairs[index + 1 :]
        without, otherwise = WITHOUT.get(name, WRONG), OTHERWISE.get(name, WRONG)
        emptied = without if value else WRONG
        yield f"name {name}", [*before, (f"{name}x", value), *after], without
        yield f"without {name}", [*before, *after], without
        yield f"longer {name}", [*before, (name, f"{value}x"), *after], otherwise
        if name == "Signature":  # of which all that are sent are left out
            continue
        if len(value) > 1:
            yield f"shorter {name}", [*before, (name, value[:-1]), *after], otherwise
        if value:
            yield f"empty {name}", [*before, (name, ""), *after], emptied
        yield f"another {name} before it", [(name, f"{value}x"), *pairs], otherwise
        yield f"another {name} after it", [*pairs, (name, value)], WRONG
    yield "another parameter", [*pairs, ("Another", "1")], WRONG
    yield "another parameter, empty", [("Another", ""), *pairs], WRONG


def alterations_of_parameters(http: HttpRequest) -> Iterator[Variant]:
    for what, pairs, expected in alterations_of_pairs(parse_qsl(http.query, True)):
        yield Variant(f"query: {what}", replace(http, query=urlencode(pairs)), expected)


def alterations_of_method(http: HttpRequest) -> Iterator[Variant]:
    yield Variant("method", replace(http, method={"GET": "POST", "POST": "GET"}[http.method]))


def alterations_of_secret(each: Recorded) -> Iterator[Variant]:
    for secret in ("", f"{each.secret}x", each.secret[:-1], each.secret.upper(), f"{each.secret}&"):
        yield Variant(f"secret {secret}", each.http, secret=secret)


def alterations_of_form(http: HttpRequest) -> Iterator[Variant]:
    """Of HMAC-SHA1, which covers the parameters in the body as it does those in the query."""
    for what, pairs, expected in alterations_of_pairs(parse_qsl(http.body.decode(), True)):
        yield Variant(f"form: {what}", replace(http, body=urlencode(pairs).encode()), expected)


def alterations_of_rpc(each: Recorded) -> Iterator[Variant]:
    http = each.http
    yield from alterations_of_method(http)
    yield from alterations_of_secret(each)
    yield from alterations_of_parameters(http)
    if http.body:
        yield from alterations_of_form(http)
        for content_type in ("text/plain", "application/json", FORM.replace("form", "farm")):
            headers = {**http.headers, "content-type": content_type}
            changed = replace(http, headers=headers)
            yield Variant(f"body as {content_type}", changed, ANY)
    signature = dict(parse_qsl(f"{http.query}&{http.body.decode()}"))["Signature"]
    for altered in altered_signatures(signature):
        yield Variant(f"signature {altered}", with_parameter(http, "Signature", altered))
    second_later = iso(Instant(each.at + 1_000_000))
    yield Variant("a second later", with_parameter(http, "Timestamp", second_later))
    yield Variant("format", with_parameter(http, "Format", "XML"))


def altered_signatures(signature: str) -> Iterator[str]:
    yield signature[1:]
    yield signature[:-1]
    yield signature.swapcase()
    for index in range(0, len(signature), 5):
        letter = "b" if signature[index] == "a" else "a"
        yield signature[:index] + letter + signature[index + 1 :]


def with_parameter(http: HttpRequest, name: str, value: str) -> HttpRequest:
    """The request with another value for one of its parameters, or one more."""

    def changed(text: str) -> str:
        pairs = parse_qsl(text, True)
        return urlencode([(each, value if each == name else old) for each, old in pairs])

    sent = changed(http.query), changed(http.body.decode())
    if name not in dict(parse_qsl("&".join(sent), True)):
        sent = f"{sent[0]}&{urlencode({name: value})}", sent[1]
    return replace(http, query=sent[0], body=sent[1].encode())


def alterations_of_acs3(each: Recorded) -> Iterator[Variant]:
    http, (algorithm, key, names, signature) = each.http, parts_of(each.http)
    yield from alterations_of_method(http)
    yield from alterations_of_secret(each)
    yield from alterations_of_parameters(http)
    yield from alterations_of_body(http)
    for altered in altered_signatures(signature):
        yield Variant(f"signature {altered}", signed(http, algorithm, key, names, altered))
    (other,) = {"ACS3-HMAC-SHA256", "ACS3-HMAC-SM3"} - {algorithm}
    for altered, expected in {
        "ACS3-HMAC-SHA1": "InvalidSignatureMethod",
        "ACS3-RSA-SHA256": "FakeIms.CannotVerifySignature",
        other: WRONG if SM3 else "FakeIms.CannotVerifySignature",
    }.items():
        yield Variant(altered, signed(http, altered, key, names, signature), expected)
    not_found = OTHERWISE["AccessKeyId"]
    yield Variant("key", signed(http, algorithm, f"{key}x", names, signature), not_found)
    for listed in altered_lists(names):
        readable = COVERED & http.headers.keys() <= {name.lower() for name in listed}
        expected = WRONG if readable else "IncompleteSignature"
        yield Variant(f"list {listed}", signed(http, algorithm, key, listed, signature), expected)
    twice = signed(http, algorithm, key, [*names, names[0]], signature)
    yield Variant("a header listed twice", twice, "IncompleteSignature")
    for name in names:
        value = http.headers[name]
        parameter = IN_HEADERS.get(name, "")
        without, otherwise = WITHOUT.get(parameter, WRONG), OTHERWISE.get(parameter, WRONG)
        rest = {each: value for each, value in http.headers.items() if each != name}
        yield Variant(f"without {name}", replace(http, headers=rest), without)
        longer = {**rest, name: f"{value}x"}
        yield Variant(f"longer {name}", replace(http, headers=longer), otherwise)
        empty = {**rest, name: ""}
        yield Variant(f"empty {name}", replace(http, headers=empty), without)
        twice = replace(http, headers={**rest, name: f"{value}, {value}"})
        yield Variant(f"{name} sent twice", twice, otherwise)
    for name, value in {"SecurityToken": "x", "Action": "Another", "Version": "1"}.items():
        also = f"{http.query}&{urlencode({name: value})}"
        yield Variant(f"{name} in the query", replace(http, query=also))


def parts_of(http: HttpRequest) -> tuple[str, str, list[str], str]:
    """The parts of the header Authorization."""
    algorithm, _, rest = http.headers["authorization"].partition(" ")
    parts = dict(part.split("=", 1) for part in rest.split(","))
    return algorithm, parts["Credential"], parts["SignedHeaders"].split(";"), parts["Signature"]


def signed(
    http: HttpRequest, algorithm: str, key: str, names: list[str], signature: str
) -> HttpRequest:
    value = f"{algorithm} Credential={key},SignedHeaders={';'.join(names)},Signature={signature}"
    return replace(http, headers={**http.headers, "authorization": value})


def altered_lists(names: list[str]) -> Iterator[list[str]]:
    for index in range(len(names)):
        yield names[:index] + names[index + 1 :]
    yield names[::-1]
    yield [*names, "connection"]
    yield [*names, "x-acs-unsent"]
    yield ["authorization", *names]
    yield [name.title() for name in names]


def alterations_of_body(http: HttpRequest) -> Iterator[Variant]:
    body = http.body
    for index in range(0, len(body), 7):
        letter = b"y" if body[index : index + 1] == b"x" else b"x"
        altered = body[:index] + letter + body[index + 1 :]
        yield Variant(f"byte {index} of the body", replace(http, body=altered), UNREADABLE)
    if body:
        yield Variant("without its body", replace(http, body=b""))
        yield Variant("shorter body", replace(http, body=body[:-1]), UNREADABLE)
    yield Variant("longer body", replace(http, body=body + b" "))


ALTERATIONS: dict[str, Callable[[Recorded], Iterator[Variant]]] = {
    "rpc": alterations_of_rpc,
    "acs3": alterations_of_acs3,
}


def fits(found: str, expected: str) -> bool:
    if expected == UNREADABLE:
        broken = found == "FakeIms.BadRequest" or found.removeprefix("Invalid") in BODY_PARAMETERS
        return broken or found == WRONG
    return bool(found) if expected == ANY else found == expected


@each_client
def test_nothing_that_is_signed_can_be_altered(client: str) -> None:
    wrong, count = [], 0
    for each in signed_by(client):
        for variant in ALTERATIONS[each.scheme](each):
            found = each.refusal(variant.http, variant.secret)
            count += 1
            if not fits(found, variant.expected):
                wrong.append(f"{each}, {variant.what}: {found or 'passed'}, not {variant.expected}")
    assert wrong == []
    assert count > 50 * len(signed_by(client))


# ---------------------------------------------------------------- what is not signed


def same_parameters_otherwise(each: Recorded) -> Iterator[tuple[str, HttpRequest]]:
    http = each.http
    query, form = parse_qsl(http.query, True), parse_qsl(http.body.decode(), True)
    for name, encode in ENCODINGS.items():
        yield f"query with {name}", replace(http, query=encode(query))
    if each.scheme != "rpc":
        return
    for name, encode in ENCODINGS.items():
        yield f"form with {name}", replace(http, body=encode(form).encode())
    everywhere = replace(http, headers={**http.headers, "content-type": FORM})
    all_pairs = query + form
    yield "all in the query", replace(everywhere, query=urlencode(all_pairs), body=b"")
    yield "all in the form", replace(everywhere, query="", body=urlencode(all_pairs).encode())
    twice = [*query, ("Signature", "garbage")]
    if "Signature" in dict(query):
        yield "a second signature, which counts for nothing", replace(http, query=urlencode(twice))


def other_headers(each: Recorded) -> Iterator[tuple[str, HttpRequest]]:
    http, read = each.http, {"content-type"} if each.http.body else set()
    listed: list[str] = []
    if each.scheme == "acs3":
        algorithm, key, listed, signature = parts_of(http)
        spaced = {
            **http.headers,
            "authorization": f"{algorithm} \tCredential={key}, "
            f"SignedHeaders={';'.join(listed)},  Signature={signature}",
        }
        yield "blanks in it", replace(http, headers=spaced)
        padded = {name: f" {http.headers[name]}\t" for name in listed if name not in READ}
        yield "blanks around values", replace(http, headers={**http.headers, **padded})
        read = read | {"authorization", "x-acs-content-sha256"}
    for name in http.headers.keys() - set(listed) - read:
        rest = {each: value for each, value in http.headers.items() if each != name}
        yield f"without {name}", replace(http, headers=rest)
        yield f"other {name}", replace(http, headers={**rest, name: "other"})
    for name in ("via", "x-forwarded-for", "x-acs-unsigned", "x-acs-caller-type"):
        yield f"also {name}", replace(http, headers={**http.headers, name: "1"})


@each_client
def test_what_is_not_signed_can_be_altered(client: str) -> None:
    wrong = [
        f"{each}, {what}: {found}"
        for each in signed_by(client)
        for variants in (same_parameters_otherwise(each), other_headers(each))
        for what, http in variants
        if (found := each.refusal(http))
    ]
    assert wrong == []


@each_client
def test_another_scheme_beside_it_is_not_overlooked(client: str) -> None:
    """The request is then judged by the other scheme: its own signature does not count for it."""
    for each in signed_by(client):
        headers = each.http.headers
        if each.scheme == "rpc":
            listed = ";".join(sorted(COVERED))
            value = f"ACS3-HMAC-SHA256 Credential={each.key},SignedHeaders={listed},Signature=00"
            both = {**headers, "authorization": value}
            assert each.refusal(replace(each.http, headers=both)) == "MissingTimestamp"
            dated = {**both, "x-acs-date": iso(each.at), "x-acs-signature-nonce": "1"}
            if each.token:
                dated["x-acs-security-token"] = each.token
            assert each.refusal(replace(each.http, headers=dated)) == WRONG
            bearing = {**headers, "x-acs-bearer-token": "1"}
            found = each.refusal(replace(each.http, headers=bearing))
            assert found == "FakeIms.UnknownBearerToken"
        else:
            unsigned = {name: value for name, value in headers.items() if name != "authorization"}
            for query in ("Signature=x", f"AccessKeyId={each.key}&Signature=x"):
                http = replace(each.http, headers=unsigned, query=f"{each.http.query}&{query}")
                assert each.refusal(http).startswith("Missing")
