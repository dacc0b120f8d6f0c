"""A wrong call of ``wrap()`` is an error with a reason when the server starts."""

from __future__ import annotations

import functools
from typing import Any

import pytest
from channels.routing import ProtocolTypeRouter
from django.apps import apps
from django.core.asgi import get_asgi_application
from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

from landing import asgi
from tests.services.site import python


class Single:
    async def __call__(self, scope: Any, receive: Any, send: Any) -> None: ...


class Double:
    def __init__(self, scope: Any) -> None: ...

    async def __call__(self, receive: Any, send: Any) -> None: ...


class Wsgi:
    def __call__(self, environ: Any, start_response: Any) -> list[bytes]:
        return []


def returns_a_coroutine(scope: Any, receive: Any, send: Any) -> Any:
    return Single()(scope, receive, send)


@pytest.mark.parametrize(
    "application",
    [
        get_asgi_application(),
        ProtocolTypeRouter({}),
        Single(),
        Single().__call__,
        returns_a_coroutine,
        functools.partial(returns_a_coroutine),
        lambda *arguments: None,
    ],
)
def test_an_asgi_application_can_be_wrapped(application: Any) -> None:
    wrapped = asgi.wrap(application)
    assert asgi.wrap(wrapped) is wrapped


@pytest.mark.parametrize(
    ("application", "name"),
    [
        (get_wsgi_application(), "WSGIHandler"),
        (Wsgi(), "test_validation.Wsgi"),
        (Double, "test_validation.Double"),
        (get_asgi_application, "get_asgi_application"),
        (None, "NoneType"),
        ("mysite.asgi.application", "str"),
        (object(), "object"),
    ],
)
def test_anything_else_is_named_in_the_error(application: Any, name: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"{name} is not one. Use"):
        asgi.wrap(application)


def test_an_app_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apps, "is_installed", lambda name: False)
    with pytest.raises(ImproperlyConfigured, match='"landing" is missing in INSTALLED_APPS'):
        asgi.wrap(Single())


@pytest.mark.parametrize("variables", [{}, {"DJANGO_SETTINGS_MODULE": "tests.e2e.hosted.settings"}])
def test_before_the_setup_of_django_the_import_works_and_the_call_explains_itself(
    variables: dict[str, str],
) -> None:
    """The import of the guide may be at the top of the file."""
    code = "import landing.asgi; print('imported'); landing.asgi.wrap(print)"
    done = python("-c", code, **variables)
    assert done.stdout == "imported\n"
    assert done.stderr.endswith(
        "wrap() needs Django to be set up. Call django.core.asgi.get_asgi_application() first.\n"
    )
