"""The ASGI application; production unless the environment says ``DEBUG=true``."""

from __future__ import annotations

import os

import django

from landing_site import process, startup

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "landing_site.settings")

with startup.refusing_in_one_line():
    django.setup(set_prefix=False)

    # These need the apps to be loaded.
    from landing import asgi
    from landing_site.handler import Handler

    http = Handler()
    startup.verify_serving()
    application = asgi.application(http)
    process.settle()
