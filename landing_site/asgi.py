"""The ASGI application; production unless the environment says ``DEBUG=true``."""

from __future__ import annotations

import os

from django.core.asgi import get_asgi_application

from landing_site import process, startup

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "landing_site.settings")

with startup.refusing_in_one_line():
    http = get_asgi_application()
    startup.verify_serving()

    from landing.live import routing  # needs the apps to be loaded

    application = routing.application(http)
    process.settle()
