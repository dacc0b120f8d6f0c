"""What an operator reads when Redis refuses or does not answer: one sentence, no password."""

from __future__ import annotations

from redis import exceptions

from ..contract import PresenceError

#: It answers, but cannot serve at the moment: nothing that an operator must mend first.
PASSING = (
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
    """The backend answers and refuses: it stays so until somebody mends it."""


def as_presence_error(error: Exception) -> PresenceError:
    """What went wrong in redis-py, as the contract has it."""
    is_refusal = isinstance(error, REFUSALS) and not isinstance(error, PASSING)
    return (PresenceRefused if is_refusal else PresenceError)(_sentence(error))


def _sentence(error: Exception) -> str:
    reason = " ".join(str(error).split())
    match error:
        case exceptions.AuthenticationError():
            return "Redis refuses the user or password of REDIS_URL."
        case exceptions.NoPermissionError():
            return f"Redis does not let the user of REDIS_URL do what presence needs: {reason}"
        case exceptions.MovedError():
            return f"REDIS_URL names the wrong node of a cluster; presence lives on {error.host}."
        case exceptions.TimeoutError():
            return "Redis did not answer in time."
        case exceptions.ResponseError():
            return f"Redis refuses what presence asks: {reason}"
        case _:
            return f"Redis cannot be reached: {reason}"
