"""Rate limits of the API.

These are not a security measure: DRF's throttles are not atomic, and each process counts
separately unless the processes share a cache.
"""

from __future__ import annotations

from typing import cast

from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView

from ... import conf
from ...limits import hits
from ...limits.hits import Limit
from ...models import PublishToken
from ...names import LABEL
from ...visitors import client


class _CountedThrottle(SimpleRateThrottle):
    """Counts the requests that it refuses."""

    limit: Limit

    def throttle_failure(self) -> bool:
        hits.count(self.limit)
        return super().throttle_failure()


class StatsThrottle(_CountedThrottle):
    """Limit each client address to ``LANDING_STATS_THROTTLE_RATE``."""

    scope = f"{LABEL}-stats"
    limit = Limit.STATS_API

    def get_rate(self) -> str:
        return conf.read().LANDING_STATS_THROTTLE_RATE

    def get_cache_key(self, request: Request, view: APIView) -> str:
        # DRF's own lookup would trust a forged X-Forwarded-For.
        return self.cache_format % {
            "scope": self.scope,
            "ident": client.from_request(request._request).address,
        }


class PublishThrottle(_CountedThrottle):
    """Limit each token or user to ``LANDING_ACTIVITY_THROTTLE_RATE``."""

    scope = f"{LABEL}-publish"
    limit = Limit.PUBLISH_API

    def get_rate(self) -> str:
        return conf.read().LANDING_ACTIVITY_THROTTLE_RATE

    def get_cache_key(self, request: Request, view: APIView) -> str:
        token = cast("PublishToken | None", request.auth)
        publisher = f"user-{request.user.pk}" if token is None else f"token-{token.prefix}"
        return self.cache_format % {"scope": self.scope, "ident": publisher}
