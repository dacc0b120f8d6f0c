from __future__ import annotations

from landing.conf import LandingSettings
from landing.limits.body_limits import UPLOAD_BYTES, BodyLimits


def test_the_longest_matching_prefix_decides() -> None:
    limits = BodyLimits(
        LandingSettings(
            LANDING_MAX_BODY_BYTES=1024,
            LANDING_BODY_LIMITS=("/upload/=5000", "/upload/small/=10", "/api/=2000"),
        )
    )

    paths = ("/", "/upload/a", "/upload/small/a", "/api/landing/activities/", "/uploads")
    assert [limits.max_bytes(path) for path in paths] == [1024, 5000, 10, 2000, 1024]


def test_the_form_with_the_logo_takes_more_wherever_the_admin_is() -> None:
    limits = BodyLimits(LandingSettings(LANDING_MAX_BODY_BYTES=1024))
    forms = ("/admin/landing/page/add/", "/a/b/landing/page/1/change/", "/landing/page/preview/")
    others = ("/admin/landing/page/", "/admin/landing/activity/add/", "/landing/page/add/x")

    assert {limits.max_bytes(path) for path in forms} == {UPLOAD_BYTES}
    assert {limits.max_bytes(path) for path in others} == {1024}
    wide = BodyLimits(LandingSettings(LANDING_BODY_LIMITS=("/admin/=5000000",)))
    assert wide.max_bytes(forms[0]) == 5_000_000
