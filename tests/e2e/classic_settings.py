"""Settings of a site like those of other projects: its tags load the classic script."""

from __future__ import annotations

from landing_site import settings
from landing_site.settings import *  # noqa: F403

LIVE_USER_COUNTER = {**settings.LIVE_USER_COUNTER, "SCRIPT": "classic"}
ROOT_URLCONF = "tests.e2e.classic_urls"
