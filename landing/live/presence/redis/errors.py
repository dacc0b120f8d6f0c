"""Errors of Redis: the outcome of each one at start-up, and a sentence for operators.

Redis begins an error with a code, and a class of redis-py covers only some codes. So the code
decides: :data:`CODES` has its outcome, and :data:`TEXTS` those of the errors that Redis,
proxies, and managed services send with the code ``ERR``. Sentences contain no passwords.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from redis import exceptions

from ....conf import spell
from ..contract import PresenceError


class Outcome(StrEnum):
    """The reaction of a server at start-up to an error of Redis."""

    REFUSE = "refuse"  #: exit with one line: retrying does not help until an operator acts
    DENY = "deny"  #: the same, because the user lacks a permission
    RETRY = "retry"  #: start as without Redis: it recovers by itself
    WARN = "warn"  #: start as without Redis, and log what an operator may have to fix


class Rule(NamedTuple):
    """The outcome of an error, and its meaning in a sentence without the full stop."""

    outcome: Outcome
    meaning: str
    is_complete: bool = False  #: whether the text of Redis adds nothing to the meaning


REFUSE, DENY, RETRY, WARN = Outcome.REFUSE, Outcome.DENY, Outcome.RETRY, Outcome.WARN
#: The setting with the URL, as its owner writes it.
URL = spell("LANDING_REDIS_URL")
WRONG_USER = Rule(REFUSE, f"Redis rejects the user or password of {URL}", is_complete=True)
WRONG_NODE = "The server is the wrong node of the cluster"
TOO_MANY_CLIENTS = "Redis accepts no more connections (maxclients)"
OVER_QUOTA = "The Redis service refuses commands beyond its quota"

CODES: dict[str, Rule] = {
    "ASK": Rule(RETRY, "The cluster is moving the keys of presence to another node"),
    "BUSY": Rule(RETRY, "A script or function blocks Redis"),
    "CLUSTERDOWN": Rule(RETRY, "The Redis cluster is down"),
    "CROSSSLOT": Rule(REFUSE, "A proxy or cluster rejects the keys of presence"),
    "DENIED": Rule(REFUSE, "Redis runs in protected mode: set a password, or bind an address"),
    "EXECABORT": Rule(RETRY, "Redis discarded a transaction"),
    "LOADING": Rule(RETRY, "Redis is loading its data"),
    "MASTERDOWN": Rule(RETRY, "Redis is a replica that has lost its primary"),
    "MISCONF": Rule(WARN, "Redis refuses writes because it cannot save to disk"),
    "MOVED": Rule(REFUSE, WRONG_NODE),
    "NOAUTH": WRONG_USER,
    "NOPERM": Rule(DENY, f"Redis denies the user of {URL} a permission that presence needs"),
    "NOPROTO": Rule(REFUSE, "Redis is older than version 6"),
    "NOREPLICAS": Rule(WARN, "Redis refuses writes because it has too few replicas"),
    "NOSCRIPT": Rule(RETRY, "Redis lost a script between two commands"),
    "OOM": Rule(WARN, "Redis refuses writes because its memory is full (maxmemory)"),
    "READONLY": Rule(WARN, "The server is a read-only replica; presence needs the primary"),
    "REDIRECT": Rule(RETRY, "Redis hands over to another node"),
    "TRYAGAIN": Rule(RETRY, "The cluster is moving the keys of presence to another node"),
    "UNBLOCKED": Rule(RETRY, "Redis changed its role"),
    "UNKILLABLE": Rule(RETRY, "A script or function blocks Redis"),
    "WRONGPASS": WRONG_USER,
    "WRONGTYPE": Rule(WARN, "A Redis key of presence holds another type of value"),
}

#: Parts of error texts, in lower case. The first one that occurs in an error decides.
TEXTS: dict[str, Rule] = {
    "acl failure in script": CODES["NOPERM"],  # Redis 7
    "the user executing the script can't": CODES["NOPERM"],  # Redis 6
    "without any password configured": WRONG_USER,
    "but no password is set": WRONG_USER,
    "invalid password": WRONG_USER,
    "invalid username-password": WRONG_USER,
    "max number of clients": Rule(RETRY, TOO_MANY_CLIENTS),
    "max concurrent connections": Rule(RETRY, TOO_MANY_CLIENTS),
    "too many connections": Rule(RETRY, TOO_MANY_CLIENTS),
    "limit exceeded": Rule(WARN, OVER_QUOTA),
    "the next report of a worker repairs": Rule(RETRY, "Redis has lost data of presence"),
    "script killed": Rule(RETRY, "An operator stopped a script of presence"),
    "undeclared key": Rule(
        REFUSE, "Dragonfly must start with --default_lua_flags=allow-undeclared-keys"
    ),
    "db index is out of range": Rule(REFUSE, f"The database number in {URL} does not exist"),
    "invalid db index": Rule(REFUSE, f"The database number in {URL} does not exist"),
    "select is not allowed": Rule(REFUSE, "A Redis cluster has only the database number 0"),
    "unknown command": Rule(REFUSE, "Redis lacks a command; presence needs Redis 6.2 or newer"),
    "unknown redis command": Rule(
        REFUSE, "Redis lacks a command; presence needs Redis 6.2 or newer"
    ),
    "command is not available": Rule(REFUSE, "The Redis service forbids a command of presence"),
    "command not allowed": Rule(REFUSE, "The Redis service forbids a command of presence"),
    "command is not allowed": Rule(REFUSE, "The Redis service forbids a command of presence"),
    "not allowed from script": Rule(REFUSE, "The Redis service forbids a command of presence"),
}
UNKNOWN_ERROR = Rule(WARN, "Redis rejects a command of presence")

#: Codes of errors whose class has lost the code: releases of redis-py before 8 remove it.
CLASS_CODES: dict[type[Exception], str] = {
    exceptions.AuthenticationError: "WRONGPASS",
    exceptions.BusyLoadingError: "LOADING",
    exceptions.ExecAbortError: "EXECABORT",
    exceptions.MasterDownError: "MASTERDOWN",
    exceptions.MovedError: "MOVED",
    exceptions.AskError: "ASK",
    exceptions.ClusterDownError: "CLUSTERDOWN",
    exceptions.ClusterCrossSlotError: "CROSSSLOT",
    exceptions.NoPermissionError: "NOPERM",
    exceptions.NoScriptError: "NOSCRIPT",
    exceptions.OutOfMemoryError: "OOM",
    exceptions.ReadOnlyError: "READONLY",
    exceptions.TryAgainError: "TRYAGAIN",
}
#: An error within the error of a script or of a transaction: ``@user_script: 3: -OOM command``.
WRAPPED_CODE = re.compile(rf"(?:^|[:\s]-|: ?)({'|'.join(CODES)})(?=\s|$)")
#: The additions to the error of a script: Redis 6 puts them in front, and Redis 7 behind.
SCRIPT_NOISE = re.compile(
    r"Error running script \(call to \w+\): |@user_script: ?\d+: |"
    r" script: \w+, on @user_script:\d+\.?"
)

#: Reasons of OpenSSL for a port that answers without TLS.
PLAIN_PORT = re.compile(
    "WRONG_VERSION_NUMBER|UNKNOWN_PROTOCOL|RECORD_LAYER_FAILURE|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST"
)


class PresenceRefused(PresenceError):
    """Redis answers and refuses; retrying does not help until an operator fixes the cause."""


class PresenceUnreachable(PresenceError):
    """Redis does not answer."""


class PresenceDenied(PresenceRefused):
    """The user of REDIS_URL lacks a permission."""


class PresenceWarned(PresenceError):
    """Redis answers and refuses; it may recover, or an operator must fix the cause."""


ERROR_TYPES: dict[Outcome, type[PresenceError]] = {
    REFUSE: PresenceRefused,
    DENY: PresenceDenied,
    RETRY: PresenceError,
    WARN: PresenceWarned,
}


def as_presence_error(error: Exception) -> PresenceError:
    """Return the contract's error for an error of redis-py."""
    reason = without_script(str(error))
    rule = _tls_rule(error) or _protocol_rule(error)
    if rule is None and _has_code(error):
        rule = rule_of(_code(error), str(error))
    if rule is None:
        return PresenceUnreachable(_unreachable(error, reason))
    return error_of(rule, reason)


def error_of(rule: Rule, reason: str) -> PresenceError:
    """Return the contract's error for an error that Redis sent."""
    text = f"{rule.meaning}." if rule.is_complete else f"{rule.meaning}: {reason}"
    return ERROR_TYPES[rule.outcome](text)


def rule_of(code: str, text: str) -> Rule:
    """Return the rule for an error with this code and text, also if it wraps another error."""
    wrapped: list[str] = WRAPPED_CODE.findall(text)
    if rule := CODES.get(wrapped[-1] if wrapped else code):
        return rule
    lowered = text.lower()
    return next((rule for part, rule in TEXTS.items() if part in lowered), UNKNOWN_ERROR)


def permission(text: str, command: str, *, keys: str = "", channels: str = "") -> str:
    """Return the ACL rule that an error with the code NOPERM asks for, such as ``+spop``.

    ``keys`` and ``channels`` are the prefixes that the command uses.
    """
    if found := re.search(r"run the '([\w|-]+)' command", text):
        return f"+{found[1].lower()}"
    if keys and re.search(r"\bkeys?\b", text):
        return "~{" + keys + "}:*"
    if channels and re.search(r"\bchannels?\b", text):
        return f"&{channels}*"
    return f"+{command.lower()}"


def without_script(text: str) -> str:
    """Return an error text in one line, without the name and the line of the script."""
    return SCRIPT_NOISE.sub("", " ".join(text.split()))


def _has_code(error: Exception) -> bool:
    """Return whether Redis sent this error."""
    is_answer = isinstance(error, exceptions.ResponseError) or type(error) in CLASS_CODES
    return is_answer or _code(error) != "" or "max number of clients" in str(error)


def _code(error: Exception) -> str:
    code = getattr(error, "status_code", None)
    if code and code != "ERR":
        return str(code)
    return next((code for kind, code in CLASS_CODES.items() if isinstance(error, kind)), "")


def _tls_rule(error: Exception) -> Rule | None:
    for each in _causes(error):
        if isinstance(each, ssl.SSLCertVerificationError):
            return Rule(REFUSE, f"The TLS certificate of Redis is not valid for {URL}")
    text = str(error)
    if "SSL" in text and PLAIN_PORT.search(text):
        return Rule(REFUSE, "The port answers without TLS: the URL must begin with redis://")
    if "ALERT_CERTIFICATE_REQUIRED" in text or "ALERT_HANDSHAKE_FAILURE" in text:
        return Rule(REFUSE, "Redis requires a TLS client certificate (ssl_certfile, ssl_keyfile)")
    return None


def _protocol_rule(error: Exception) -> Rule | None:
    if isinstance(error, exceptions.InvalidResponse):
        return Rule(REFUSE, "The server is not Redis")
    return None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _unreachable(error: Exception, reason: str) -> str:
    if isinstance(error, exceptions.TimeoutError | TimeoutError):
        return "Redis did not answer in time."
    return f"Redis cannot be reached: {reason}"
