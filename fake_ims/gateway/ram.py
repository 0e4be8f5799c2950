"""RAM: who calls, and whether its policy allows what it asks."""

from __future__ import annotations

import base64
import datetime
import functools
import re
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from fake_ims import errors
from fake_ims.clock import Instant, TimeDelta, iso, micros, to_datetime
from fake_ims.ids import bearer_token, security_token, temporary

Effect = Literal["Allow", "Deny"]


class PolicyError(ValueError):
    """A policy document that cannot be read, or says what this version does not evaluate."""


class Statement(NamedTuple):
    """One statement of a policy. ``*`` and ``?`` are wildcards; actions are case-insensitive."""

    effect: Effect
    actions: tuple[str, ...]
    resources: tuple[str, ...] = ("*",)

    def covers(self, action: str, resource: str = "") -> bool:
        """Whether it speaks of the action, on a resource if one is named.

        Every operation of IMS authorises on all resources (documented), so a statement that is
        limited to some resource covers none of them. Those of the message service have resources.
        """
        return any(
            each == "*" or (resource and _pattern(each).fullmatch(resource))
            for each in self.resources
        ) and any(_pattern(each).fullmatch(action) for each in self.actions)

    def __repr__(self) -> str:
        return f"<{self.effect} {', '.join(self.actions)} on {', '.join(self.resources)}>"


@functools.lru_cache(maxsize=256)
def _pattern(text: str) -> re.Pattern[str]:
    escaped = re.escape(text).replace(r"\*", ".*").replace(r"\?", ".")
    return re.compile(escaped, re.IGNORECASE)


def read_policy(policy: Mapping[str, Any]) -> tuple[Statement, ...]:
    """The statements of a policy document.

    :raises PolicyError: for a document that is malformed, or that has a Condition, NotAction or
        NotResource, which this version does not evaluate.
    """
    statements = policy.get("Statement") if isinstance(policy, Mapping) else None
    if isinstance(statements, Mapping):
        statements = [statements]
    if not isinstance(statements, (list, tuple)):
        raise PolicyError('a policy is {"Version": "1", "Statement": [...]}')
    return tuple(_read_statement(each) for each in statements)


def _read_statement(document: Any) -> Statement:
    if not isinstance(document, Mapping):
        raise PolicyError(f"a statement is an object, not {document!r}")
    unknown = document.keys() - {"Effect", "Action", "Resource"}
    if unknown:
        raise PolicyError(f"not evaluated in this version: {', '.join(sorted(map(str, unknown)))}")
    effect = document.get("Effect")
    if effect not in ("Allow", "Deny"):
        raise PolicyError(f"Effect is Allow or Deny, not {effect!r}")
    return Statement(effect, _texts(document, "Action"), _texts(document, "Resource"))


def _texts(document: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = document.get(name)
    texts = (value,) if isinstance(value, str) else value
    if not isinstance(texts, (list, tuple)) or not texts:
        raise PolicyError(f"{name} is a text or a list of texts, not {value!r}")
    if not all(isinstance(text, str) for text in texts):
        raise PolicyError(f"{name} is a text or a list of texts, not {value!r}")
    return tuple(texts)


@dataclass(slots=True)
class User:
    """A RAM user: its keys, whether they are active, and the statements of its policies."""

    name: str
    access_key_id: str
    access_key_secret: str = field(repr=False)
    statements: tuple[Statement, ...] = ()
    active: bool = True

    @property
    def security_token(self) -> None:
        """None: only temporary keys have one."""

    def decide(self, action: str, resource: str = "") -> Effect | None:
        """Deny if any statement denies, else Allow if any allows, else None (nothing said)."""
        return _decision(self.statements, action, resource)


@functools.lru_cache(maxsize=256)
def _decision(statements: tuple[Statement, ...], action: str, resource: str) -> Effect | None:
    effects = {each.effect for each in statements if each.covers(action, resource)}
    return "Deny" if "Deny" in effects else "Allow" if effects else None


class TemporaryKeys(NamedTuple):
    """Keys as STS gives them out: the user's permissions, for a time, with a token beside them."""

    access_key_id: str
    access_key_secret: str
    security_token: str
    user: User
    expires: Instant

    @property
    def expires_at(self) -> datetime.datetime:
        """When they expire, in world time: an aware datetime in UTC, as of ``clock.now()``."""
        return to_datetime(self.expires)

    def __repr__(self) -> str:
        return f"<TemporaryKeys {self.access_key_id} of {self.user.name} to {iso(self.expires)}>"


class Ram:
    """The users of a world and what they may do.

    ``default`` is the caller behind the world's own keys and behind any key it does not know;
    it begins with ``ice:*`` allowed.
    """

    def __init__(
        self,
        account_id: str,
        new_keys: Callable[[int], tuple[str, str]],
        read_clock: Callable[[], Instant],
    ) -> None:
        self._account_id = account_id
        self._new_keys = new_keys
        self._read_clock = read_clock
        self._users: dict[str, User] = {}
        self._by_key: dict[str, User] = {}
        self._temporary: dict[str, TemporaryKeys] = {}
        self._tokens: set[str] = set()
        self._bearers: dict[str, User] = {}
        self._lock = threading.RLock()
        self.default = self._add("default", (Statement("Allow", ("ice:*",)),))

    def _add(self, name: str, statements: tuple[Statement, ...]) -> User:
        key, secret = self._new_keys(len(self._by_key) + len(self._temporary))
        user = User(name, key, secret, statements)
        self._users[name] = user
        self._by_key[key] = user
        return user

    def __repr__(self) -> str:
        return f"<Ram {', '.join(map(repr, self._users.values()))}>"

    def create_user(self, name: str, policy: Mapping[str, Any] | None = None) -> User:
        """A new user with keys of its own, allowed what ``policy`` says; without one, nothing.

        :raises ValueError: if there is a user of that name.
        :raises PolicyError: if the policy cannot be read.
        """
        statements = () if policy is None else read_policy(policy)
        with self._lock:
            if name in self._users:
                raise ValueError(f"there is a user {name!r} already")
            return self._add(name, statements)

    def user(self, name: str) -> User:
        """The user of a name.

        :raises KeyError: if there is none.
        """
        return self._users[name]

    def caller(self, access_key_id: str) -> User:
        """Who calls with a key: its user, or the default caller for a key nobody has."""
        found = self._by_key.get(access_key_id)
        if found is None:
            keys = self._temporary.get(access_key_id)
            found = self.default if keys is None else keys.user
        return found

    def _owner(self, user: User | None) -> User:
        """The user, or the default caller for None.

        :raises TypeError: for anything else, such as temporary keys or a user's name.
        """
        if user is not None and not isinstance(user, User):
            raise TypeError(f"a user is what create_user() or user() returns, not {user!r}")
        return user or self.default

    def keys(self, access_key_id: str) -> User | TemporaryKeys | None:
        """Who or what has a key; None if nobody has it."""
        return self._by_key.get(access_key_id) or self._temporary.get(access_key_id)

    # ------------------------------------------------------------ other credentials

    def disable(self, user: User | None = None) -> None:
        """Disable the access key of a user (or of the default caller), as the console can.

        Its calls are refused, InvalidAccessKeyId.Inactive, in each mode but ``soft``. Temporary
        keys that it was given before stay good.
        """
        self._owner(user).active = False

    def enable(self, user: User | None = None) -> None:
        """Take :meth:`disable` back."""
        self._owner(user).active = True

    def temporary_keys(
        self, user: User | None = None, *, lifetime: TimeDelta = "1h"
    ) -> TemporaryKeys:
        """Keys of STS that may do what a user (or the default caller) may, for a time.

        :param lifetime: in world time.
        """
        length = micros(lifetime)
        owner = self._owner(user)
        with self._lock:
            key, secret = self._new_keys(len(self._by_key) + len(self._temporary))
            expires = Instant(self._read_clock() + length)
            keys = TemporaryKeys(temporary(key), secret, security_token(), owner, expires)
            self._temporary[keys.access_key_id] = keys
            self._tokens.add(keys.security_token)
            return keys

    def security_token_known(self, token: str) -> bool:
        """Whether some temporary keys have this token."""
        return token in self._tokens

    def bearer_token(self, user: User | None = None) -> str:
        """A bearer token for a user, or for the default caller."""
        owner = self._owner(user)
        token = bearer_token(owner.access_key_id)
        with self._lock:
            self._bearers[token] = owner
        return token

    def bearer(self, token: str) -> User | None:
        """Who has a bearer token; None if nobody has it."""
        return self._bearers.get(token)

    # ------------------------------------------------------------ permissions

    def deny(self, *actions: str, user: User | None = None) -> None:
        """Add a statement that denies ``actions`` (``"ice:RegisterMediaInfo"``, ``"ice:*"``)."""
        target = self._owner(user)
        denied = Statement("Deny", _actions(actions))
        with self._lock:
            target.statements += (denied,)

    def allow(self, *actions: str, user: User | None = None) -> None:
        """Take back what :meth:`deny` said of these actions, and allow them.

        :raises ValueError: if another statement still denies one of them: Deny outweighs Allow.
        """
        with self._lock:
            self._allow(self._owner(user), _actions(actions))

    def _allow(self, target: User, allowed: tuple[str, ...]) -> None:
        kept = tuple(
            each
            for each in (_without(statement, allowed) for statement in target.statements)
            if each.actions
        )
        for action in allowed:
            for statement in kept:
                if statement.effect == "Deny" and statement.covers(action):
                    raise ValueError(f"{statement!r} still denies {action} to {target.name}")
        if not all(any(s.effect == "Allow" and s.covers(a) for s in kept) for a in allowed):
            kept += (Statement("Allow", allowed),)
        target.statements = kept

    def authorise(self, user: User, action: str) -> None:
        """Let an operation through.

        :raises ApiError: Forbidden, with AccessDeniedDetail, if the user may not do it.
        """
        effect = user.decide(action)
        if effect == "Allow":
            return
        denied = errors.FORBIDDEN()
        diagnostic = f"{self._account_id}/{user.name}/{action}/{effect}"
        denied.access_denied_detail = {
            "AuthAction": action,
            "AuthPrincipalDisplayName": user.name,
            "AuthPrincipalOwnerId": self._account_id,
            "AuthPrincipalType": "SubUser",
            "EncodedDiagnosticMessage": base64.b64encode(diagnostic.encode()).decode(),
            "NoPermissionType": "ExplicitDeny" if effect == "Deny" else "ImplicitDeny",
            "PolicyType": "AccountLevelIdentityBasedPolicy",
        }
        raise denied


def _actions(actions: Iterable[str]) -> tuple[str, ...]:
    found = tuple(actions)
    if not found:
        raise ValueError('name at least one action, such as "ice:RegisterMediaInfo"')
    for action in found:
        if ":" not in action and action != "*":
            raise ValueError(f'an action is written "ice:{action}", not "{action}"')
    return found


def _without(statement: Statement, actions: tuple[str, ...]) -> Statement:
    if statement.effect != "Deny":
        return statement
    allowed = Statement("Allow", actions)
    kept = tuple(action for action in statement.actions if not allowed.covers(action))
    return Statement("Deny", kept, statement.resources)
