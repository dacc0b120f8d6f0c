"""The ASGI application of the site. It runs in production mode unless ``DEBUG=true``."""

from __future__ import annotations

import os
from functools import cache

import django

from landing_site.startup import error_exit, process_tuning

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "landing_site.settings")

with error_exit.exit_on_bad_configuration():
    django.setup(set_prefix=False)

    # These imports need the loaded apps.
    from landing import asgi
    from landing_site.logs import start_line
    from landing_site.middleware.asgi_handler import Handler
    from landing_site.startup import ready_report

    @cache
    def begin() -> None:
        """Log and report that this process serves, once."""
        start_line.write()
        ready_report.report()

    http = Handler()
    error_exit.verify_requirements()
    application = asgi.application(http, begin)
    process_tuning.tune()
