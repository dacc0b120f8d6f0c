from __future__ import annotations

from landing.conf import LandingSettings
from landing.limits.body_limits import BodyLimits


def test_the_longest_matching_prefix_decides() -> None:
    limits = BodyLimits(
        LandingSettings(
            LANDING_MAX_BODY_BYTES=1024,
            LANDING_BODY_LIMITS=("/upload/=5000", "/upload/small/=10", "/api/=2000"),
        )
    )

    paths = ("/", "/upload/a", "/upload/small/a", "/api/landing/activities/", "/uploads")
    assert [limits.max_bytes(path) for path in paths] == [1024, 5000, 10, 2000, 1024]
