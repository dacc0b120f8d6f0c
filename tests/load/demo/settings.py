"""Settings of the demo's server: those of the site, with the pages that its visitors read."""

from __future__ import annotations

from landing_site.settings import *  # noqa: F403

ROOT_URLCONF = "tests.load.demo.urls"
