"""The ASGI application of the site. It runs in production mode unless ``DEBUG=true``."""

from __future__ import annotations

import os
from functools import cache

import django

from landing_site import process, startup

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "landing_site.settings")

with startup.exit_on_bad_configuration():
    django.setup(set_prefix=False)

    # These imports need the loaded apps.
    from landing import asgi
    from landing_site import ready, start_line
    from landing_site.handler import Handler

    @cache
    def begin() -> None:
        """Log and report that this process serves, once."""
        start_line.write()
        ready.report()

    http = Handler()
    startup.verify_requirements()
    application = asgi.application(http, begin)
    process.tune()
