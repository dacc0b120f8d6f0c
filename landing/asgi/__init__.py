"""The ASGI application of a process, and the composition root of the live side.

:func:`wrap` adds the live counter to the application of a project. The site of this repository is
:func:`application`. Importing this package loads nothing else, so it may precede Django's setup.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def wrap(application: Any) -> Any:
    """Return an ASGI application with the WebSocket and the background tasks of the live counter.

    Everything else reaches ``application`` unchanged: requests, and the WebSockets of the project.
    Wrapping it again changes nothing. Raise ImproperlyConfigured if Django is not set up, if the
    app is not installed, or if ``application`` is not an ASGI application.
    """
    from . import validation

    validation.validate(application)
    # These modules need the loaded apps.
    from .wrapping import wrap

    return wrap(application)


def application(http: Any, on_start: Callable[[], None] = lambda: None) -> Any:
    """Return the site as one ASGI application around Django's own, ``http``.

    ``on_start`` is called when the process begins to serve, and possibly again.
    """
    from .site import application

    return application(http, on_start)
