"""The outcome of every error of Redis, by its code, in the shapes that servers send."""

from __future__ import annotations

import pytest
from redis import exceptions
from redis._parsers.base import BaseParser

from landing.live.presence.redis.errors import (
    CLASS_CODES,
    CODES,
    ERROR_TYPES,
    Outcome,
    PresenceUnreachable,
    as_presence_error,
    permission,
)

SHA = "f_3a1c9c5e0d7d1e2f8a7b6c5d4e3f2a1b0c9d8e7f"


def outcome(line: str) -> Outcome:
    """Return the outcome of an error as Redis sends it, without the minus sign."""
    error = as_presence_error(BaseParser.parse_error(line))
    return next(each for each, error_type in ERROR_TYPES.items() if error_type is type(error))


@pytest.mark.parametrize("code", CODES)
def test_the_code_decides_whatever_the_text(code: str) -> None:
    text = "3999 127.0.0.1:6381" if code in ("MOVED", "ASK") else "some text"
    assert outcome(f"{code} {text}") is CODES[code].outcome


@pytest.mark.parametrize("code", sorted(set(CODES) - {"NOPERM", "MOVED", "ASK"}))
@pytest.mark.parametrize(
    "shape",
    [
        f"ERR Error running script (call to {SHA}): @user_script:41: @user_script: 41: -{{}} x",
        f"ERR Error running script (call to {SHA}): @user_script:41: {{}} x",
        "{} x script: 3a1c9c5e0d7d1e2f, on @user_script:41.",
        "EXECABORT Transaction discarded because of: {} x",
    ],
    ids=["redis-6-check", "redis-6-command", "redis-7", "transaction"],
)
def test_the_code_is_found_in_the_error_of_a_script(code: str, shape: str) -> None:
    assert outcome(shape.format(code)) is CODES[code].outcome


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("READONLY You can't write against a read only replica.", Outcome.WARN),
        ("NOREPLICAS Not enough good replicas to write.", Outcome.WARN),
        ("OOM command not allowed when used memory > 'maxmemory'.", Outcome.WARN),
        ("MISCONF Redis is configured to save RDB snapshots, but it's ...", Outcome.WARN),
        ("BUSY Redis is busy running a script. You can only call SCRIPT KILL", Outcome.RETRY),
        ("LOADING Dragonfly is loading the dataset in memory", Outcome.RETRY),
        ("MASTERDOWN Link with MASTER is down and replica-serve-stale-data", Outcome.RETRY),
        ("CLUSTERDOWN Hash slot not served", Outcome.RETRY),
        ("TRYAGAIN Multiple keys request during rehashing of slot", Outcome.RETRY),
        ("UNKILLABLE Sorry the script already executed write commands", Outcome.RETRY),
        ("UNBLOCKED force unblock from blocking operation", Outcome.RETRY),
        ("NOSCRIPT No matching script. Please use EVAL.", Outcome.RETRY),
        ("ERR max number of clients reached", Outcome.RETRY),
        ("ERR max number of clients + cluster connections reached", Outcome.RETRY),
        ("ERR max concurrent connections exceeded", Outcome.RETRY),
        ("ERR max requests limit exceeded. Limit: 500000, Usage: 500000.", Outcome.WARN),
        ("ERR max daily request limit exceeded", Outcome.WARN),
        ("ERR Error running script: Script killed by user with SCRIPT KILL...", Outcome.RETRY),
        ("NOAUTH Authentication required.", Outcome.REFUSE),
        ("WRONGPASS invalid username-password pair or user is disabled.", Outcome.REFUSE),
        ("ERR invalid password", Outcome.REFUSE),
        ("ERR AUTH <password> called without any password configured for the default user. "
         "Are you sure your configuration is correct?", Outcome.REFUSE),
        ("NOPERM this user has no permissions to run the 'eval' command", Outcome.DENY),
        ("NOPERM User web has no permissions to access the 'x' key", Outcome.DENY),
        ("ERR ACL failure in script: User web has no permissions to run the 'set' command "
         "script: 3a1c, on @user_script:1.", Outcome.DENY),
        (f"ERR Error running script (call to {SHA}): @user_script:1: @user_script: 1: "
         "The user executing the script can't run this command or subcommand", Outcome.DENY),
        ("CROSSSLOT Keys in request don't hash to the same slot", Outcome.REFUSE),
        ("DENIED Redis is running in protected mode because protected mode is enabled",
         Outcome.REFUSE),
        ("ERR unknown command 'EVALSHA', with args beginning with: ''", Outcome.REFUSE),
        ("ERR unknown command `ZMSCORE`, with args beginning with: `a`", Outcome.REFUSE),
        ("ERR Unknown Redis command called from script script: 3a1c", Outcome.REFUSE),
        ("ERR DB index is out of range", Outcome.REFUSE),
        ("ERR SELECT is not allowed in cluster mode", Outcome.REFUSE),
        ("ERR Command is not available: 'EVAL'. See https://example.com/", Outcome.REFUSE),
        ("ERR script tried accessing undeclared key", Outcome.REFUSE),
        ("ERR upstream failure", Outcome.WARN),
        ("SOMETHINGNEW that nobody has documented yet", Outcome.WARN),
    ],
)  # fmt: skip
def test_errors_that_servers_and_services_send(line: str, expected: Outcome) -> None:
    assert outcome(line) is expected


def test_errors_of_a_client_library_without_codes_have_the_same_outcome() -> None:
    for kind, code in CLASS_CODES.items():
        text = "3999 127.0.0.1:6381" if code in ("MOVED", "ASK") else "some text"
        error = as_presence_error(kind(text))
        expected = ERROR_TYPES[CODES[code].outcome]
        assert isinstance(error, expected), kind


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (exceptions.TimeoutError("Timeout reading from socket"), "did not answer in time"),
        (exceptions.ConnectionError("Connection closed by server."), "cannot be reached"),
        (ConnectionResetError(104, "Connection reset by peer"), "cannot be reached"),
        (OSError(101, "Network is unreachable"), "cannot be reached"),
    ],
)
def test_without_an_answer_a_start_goes_on(error: Exception, word: str) -> None:
    found = as_presence_error(error)
    assert type(found) is PresenceUnreachable
    assert word in str(found)


def test_the_sentence_has_neither_the_password_nor_the_name_of_a_script() -> None:
    line = f"ERR Error running script (call to {SHA}): @user_script:4: @user_script: 4: -OOM full"
    assert SHA not in str(as_presence_error(BaseParser.parse_error(line)))
    wrong = as_presence_error(exceptions.AuthenticationError("invalid password: hunter2"))
    assert str(wrong) == "Redis rejects the user or password of REDIS_URL."


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("this user has no permissions to run the 'spop' command or its subcommand", "+spop"),
        ("User web has no permissions to run the 'client|setinfo' command", "+client|setinfo"),
        ("ACL failure in script: No permissions to access a key", "~{landing}:*"),
        ("this user has no permissions to access one of the channels used", "&landing*"),
        ("User web has no permissions to access the 'landingspecific.1' channel", "&landing*"),
        ("The user executing the script can't run this command or subcommand", "+zadd"),
    ],
)
def test_a_missing_permission_is_named_as_an_acl_rule(text: str, rule: str) -> None:
    channels = "landing" if "channel" in text else ""
    keys = "" if channels else "landing"
    assert permission(text, "ZADD", keys=keys, channels=channels) == rule
