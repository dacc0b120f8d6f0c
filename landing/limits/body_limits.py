"""The maximum size of a request body, by the path of the request."""

from __future__ import annotations

from ..conf import LandingSettings


class BodyLimits:
    """Maximum bytes per path prefix. The longest prefix wins."""

    def __init__(self, settings: LandingSettings) -> None:
        self._default_bytes = settings.LANDING_MAX_BODY_BYTES
        limits = (limit.rpartition("=") for limit in settings.LANDING_BODY_LIMITS)
        self._by_prefix = sorted(
            ((prefix, int(max_bytes)) for prefix, _, max_bytes in limits),
            key=lambda limit: -len(limit[0]),
        )

    def max_bytes(self, path: str) -> int:
        """Return the limit for a decoded path."""
        for prefix, max_bytes in self._by_prefix:
            if path.startswith(prefix):
                return max_bytes
        return self._default_bytes
