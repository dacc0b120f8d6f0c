"""How often one client may ask.

By DRF's own word no security measure: it is not atomic, and each process counts
for itself unless they share a cache.
"""

from __future__ import annotations

from typing import cast

from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView

from .. import conf
from ..models import PublishToken
from ..visitors import client


class StatsThrottle(SimpleRateThrottle):
    """Per client address, which no header can make up, at ``LANDING_STATS_THROTTLE_RATE``."""

    scope = "landing-stats"

    def get_rate(self) -> str:
        return conf.read().LANDING_STATS_THROTTLE_RATE

    def get_cache_key(self, request: Request, view: APIView) -> str:
        return self.cache_format % {
            "scope": self.scope,
            "ident": client.of_request(request._request).address,
        }


class PublishThrottle(SimpleRateThrottle):
    """Per token or user, at ``LANDING_ACTIVITY_THROTTLE_RATE``."""

    scope = "landing-publish"

    def get_rate(self) -> str:
        return conf.read().LANDING_ACTIVITY_THROTTLE_RATE

    def get_cache_key(self, request: Request, view: APIView) -> str:
        token = cast("PublishToken | None", request.auth)
        who = f"user-{request.user.pk}" if token is None else f"token-{token.prefix}"
        return self.cache_format % {"scope": self.scope, "ident": who}
