"""Explains a wrong call of ``wrap()`` when the server starts, instead of at each connection."""

from __future__ import annotations

import inspect
from typing import Any

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.core.handlers.wsgi import WSGIHandler

_PACKAGE = __name__.rpartition(".asgi.")[0]


def validate(application: Any) -> None:
    """Raise ImproperlyConfigured if ``application`` cannot be wrapped, or if it is too early."""
    if not apps.ready:
        raise ImproperlyConfigured(
            "wrap() needs Django to be set up. Call django.core.asgi.get_asgi_application() first."
        )
    if not apps.is_installed(_PACKAGE):
        raise ImproperlyConfigured(f'"{_PACKAGE}" is missing in INSTALLED_APPS, so wrap() fails.')
    if not _is_asgi(application):
        raise ImproperlyConfigured(
            f"wrap() needs an ASGI application, but {_name_of(application)} is not one. Use "
            "django.core.asgi.get_asgi_application(), and an ASGI server such as Daphne or Uvicorn."
        )


def _is_asgi(application: Any) -> bool:
    """Return whether the scope, ``receive``, and ``send`` can be the arguments of a call."""
    if isinstance(application, WSGIHandler) or not callable(application):
        return False
    try:
        inspect.signature(application).bind({}, None, None)
    except TypeError:
        return False
    except ValueError:  # nothing describes the arguments
        return True
    return True


def _name_of(application: Any) -> str:
    named = application if hasattr(application, "__name__") else type(application)
    return f"{named.__module__}.{named.__name__}"
