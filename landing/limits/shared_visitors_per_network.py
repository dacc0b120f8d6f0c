"""Limit how many visitors of a network may leave rows, over all processes that share a Redis.

:mod:`.visitors_per_network` is the first filter, in each process and without I/O. This module asks
Redis for those that pass it, in one synchronous call per batch, so never in an event loop.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from importlib.resources import files
from math import inf
from typing import Any

from django.utils.crypto import salted_hmac
from redis import ConnectionPool, Redis, exceptions
from redis.backoff import NoBackoff
from redis.connection import parse_url
from redis.retry import Retry

from ..names import LABEL
from ..resilience import errors
from ..resilience.outage import Outage
from ..resilience.redis_pool import build_pool
from .network import network_key

logger = logging.getLogger(__name__)

#: A network and one of its visitors.
NetworkVisitor = tuple[str, bytes]

#: Pause after a failed call.
PAUSE_SECONDS = 10.0
#: Longest wait for Redis, because an exiting process has 5 s for all of its rows.
MAX_TIMEOUT_SECONDS = 2.0
#: Visitors that a process remembers, about 300 bytes each. Forgetting one costs a call.
MAX_VISITORS = 20_000
#: Bytes of the keyed hash that stands for a visitor in Redis.
HASH_BYTES = 8

_SCRIPT = (files(__package__) / "admit.lua").read_text(encoding="utf-8")
# Redis identifies scripts by SHA-1; it is not a security measure.
_SHA = hashlib.sha1(_SCRIPT.encode(), usedforsecurity=False).hexdigest()


class SharedVisitorsPerNetwork:
    """Finds the visitors for whom their network has no place, over all processes.

    A visitor has its place in Redis for ``keep_seconds``. It is renewed with the first use after
    half of that time. If Redis fails, nobody is refused. ``clock`` is monotonic, in seconds.
    An instance belongs to one thread at a time.
    """

    def __init__(
        self,
        url: str,
        prefix: str,
        keep_seconds: float,
        timeout_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare the connection; the first call opens it. ``prefix`` begins the keys."""
        self._url = url
        self._prefix = prefix
        self._keep_seconds = keep_seconds
        self._timeout_seconds = min(timeout_seconds, MAX_TIMEOUT_SECONDS)
        self._clock = clock
        #: Added to the time of Redis; only tests set it.
        self.clock_offset_ms = 0
        self._outage = Outage(
            logger,
            "Limiting visitors across processes",
            "each process limits them for itself",
            errors=errors.redis.labels("limit_visitors"),
        )
        self._redis: Redis | None = None
        self._paused_until = -inf
        #: When each admitted visitor must be renewed, the one that was asked last at the end.
        self._renew_at: OrderedDict[NetworkVisitor, float] = OrderedDict()

    def find_refused(
        self, visitors: Iterable[NetworkVisitor], max_visitors: int
    ) -> Collection[NetworkVisitor]:
        """Return the visitors that are over the maximum of their network; 0 means no limit.

        Visitors of an unknown network, the empty text, have no limit.
        """
        now = self._clock()
        if not max_visitors or now < self._paused_until:
            return ()
        unknown: dict[str, dict[bytes, None]] = {}
        for visitor in visitors:
            network, id = visitor
            if network and self._renew_at.get(visitor, -inf) <= now:
                unknown.setdefault(network, {})[id] = None
        if not unknown:
            return ()
        try:
            answers = self._ask(unknown, max_visitors)
        except (exceptions.RedisError, OSError, ValueError) as error:  # ValueError: a malformed URL
            self._handle_failure(error)
            return ()
        self._outage.record_success()
        asked = [(network, id) for network, ids in unknown.items() for id in ids]
        return self._remember(dict(zip(asked, answers, strict=True)), now)

    def close(self) -> None:
        """Close the connection. The next call opens one again."""
        redis, self._redis = self._redis, None
        if redis is not None:
            with suppress(exceptions.RedisError, OSError):
                redis.connection_pool.disconnect()

    def _ask(self, visitors: dict[str, dict[bytes, None]], max_visitors: int) -> list[int]:
        """Return 1 for each visitor with a place, and 0 for the others, in their order."""
        if self._redis is None:
            self._redis = Redis.from_pool(self._build_pool())
        keys = [f"{{{self._prefix}}}:visitors:{network_key(each).hex()}" for each in visitors]
        arguments: list[Any] = [
            max_visitors,
            round(1000 * self._keep_seconds),
            self.clock_offset_ms,
        ]
        for ids in visitors.values():
            arguments += [len(ids), *map(_visitor_key, ids)]
        try:
            answers: Any = self._redis.evalsha(_SHA, len(keys), *keys, *arguments)
        except exceptions.NoScriptError:
            answers = self._redis.eval(_SCRIPT, len(keys), *keys, *arguments)
        return list(answers)

    def _build_pool(self) -> ConnectionPool:
        return build_pool(
            ConnectionPool,
            parse_url,
            self._url,
            self._timeout_seconds,
            retry=Retry(NoBackoff(), 0),
        )

    def _handle_failure(self, error: Exception) -> None:
        self._paused_until = self._clock() + PAUSE_SECONDS
        self._outage.record_failure(error)
        # After a failover, an open connection would stay with the old server.
        self.close()

    def _remember(
        self, answers: dict[NetworkVisitor, int], now: float
    ) -> Collection[NetworkVisitor]:
        """Remember the admitted visitors; return the others."""
        for visitor, is_admitted in answers.items():
            self._renew_at.pop(visitor, None)
            if is_admitted:
                self._renew_at[visitor] = now + self._keep_seconds / 2
        while self._renew_at and (
            len(self._renew_at) > MAX_VISITORS or next(iter(self._renew_at.values())) <= now
        ):
            self._renew_at.popitem(last=False)
        return {visitor for visitor, is_admitted in answers.items() if not is_admitted}


def _visitor_key(visitor: bytes) -> bytes:
    """Return a keyed hash, so that Redis does not link the ids of the table to a network."""
    return salted_hmac(f"{LABEL}.member", visitor, algorithm="sha256").digest()[:HASH_BYTES]
