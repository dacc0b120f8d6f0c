"""What an operator reads when Redis refuses or does not answer: one sentence, no password."""

from __future__ import annotations

from redis import exceptions


def sentence(error: Exception) -> str:
    """What is wrong and, where it is known, what to mend."""
    reason = " ".join(str(error).split())
    match error:
        case exceptions.AuthenticationError():
            return "Redis refuses the user or password of REDIS_URL."
        case exceptions.NoPermissionError():
            return f"Redis does not let the user of REDIS_URL do what presence needs: {reason}"
        case exceptions.MovedError():
            return f"REDIS_URL names a cluster's wrong node; presence lives on {error.host}."
        case exceptions.BusyLoadingError():
            return "Redis is still loading its data."
        case exceptions.TimeoutError():
            return "Redis did not answer in time."
        case exceptions.ResponseError():
            return f"Redis refuses what presence asks: {reason}"
        case _:
            return f"Redis cannot be reached: {reason}"
