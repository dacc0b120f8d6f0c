"""The maximum size of a request body, by the path of the request."""

from __future__ import annotations

import re

from ..conf import LandingSettings
from ..names import LABEL

#: The form of the page's content in the admin, wherever the admin is mounted. It takes a picture.
#: The limit is well above that of the picture, so that the form can explain why it is too large.
_UPLOAD_FORM = re.compile(rf"/{LABEL}/page/(?:add|preview|[^/]+/change)/\Z")
UPLOAD_BYTES = 1_000_000


class BodyLimits:
    """Maximum bytes per path prefix. The longest prefix wins.

    The form with the upload of the logo always accepts at least ``UPLOAD_BYTES``.
    """

    def __init__(self, settings: LandingSettings) -> None:
        self._default_bytes = settings.LANDING_MAX_BODY_BYTES
        limits = (limit.rpartition("=") for limit in settings.LANDING_BODY_LIMITS)
        self._by_prefix = sorted(
            ((prefix, int(max_bytes)) for prefix, _, max_bytes in limits),
            key=lambda limit: -len(limit[0]),
        )

    def max_bytes(self, path: str) -> int:
        """Return the limit for a decoded path."""
        max_bytes = self._from_settings(path)
        return max(max_bytes, UPLOAD_BYTES) if _UPLOAD_FORM.search(path) else max_bytes

    def _from_settings(self, path: str) -> int:
        for prefix, max_bytes in self._by_prefix:
            if path.startswith(prefix):
                return max_bytes
        return self._default_bytes
