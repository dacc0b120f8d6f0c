"""Errors of Redis as one sentence for operators, without passwords."""

from __future__ import annotations

from redis import exceptions

from ..contract import PresenceError

#: Redis answers but cannot serve at the moment. An operator need not fix anything.
TEMPORARY = (
    exceptions.BusyLoadingError,
    exceptions.ClusterDownError,
    exceptions.OutOfMemoryError,
    exceptions.ReadOnlyError,
    exceptions.TryAgainError,
)
REFUSALS = (
    exceptions.AuthenticationError,
    exceptions.AuthorizationError,
    exceptions.ResponseError,
)


class PresenceRefused(PresenceError):
    """Redis answers and refuses; retrying does not help until an operator fixes the cause."""


def as_presence_error(error: Exception) -> PresenceError:
    """Return the contract's error for an error of redis-py."""
    is_refusal = isinstance(error, REFUSALS) and not isinstance(error, TEMPORARY)
    return (PresenceRefused if is_refusal else PresenceError)(_sentence(error))


def _sentence(error: Exception) -> str:
    reason = " ".join(str(error).split())
    match error:
        case exceptions.AuthenticationError():
            return "Redis rejects the user or password of REDIS_URL."
        case exceptions.NoPermissionError():
            return f"Redis denies the user of REDIS_URL a permission that presence needs: {reason}"
        case exceptions.MovedError():
            return f"REDIS_URL names the wrong node of the cluster; presence needs {error.host}."
        case exceptions.TimeoutError():
            return "Redis did not answer in time."
        case exceptions.ResponseError():
            return f"Redis rejects a command of presence: {reason}"
        case _:
            return f"Redis cannot be reached: {reason}"
