"""Pages of the project."""

from __future__ import annotations

from django.contrib.auth import get_user_model, login
from django.http import HttpRequest, HttpResponse
from django.template import engines

PAGE = "{% load live_user_counter %}<title>Shop</title>{% live_user_counter %}"


def page(request: HttpRequest) -> HttpResponse:
    """Return a page with the counter."""
    return HttpResponse(engines["django"].from_string(PAGE).render({}, request))


def sign_in(request: HttpRequest) -> HttpResponse:
    """Sign a new user in."""
    user, _ = get_user_model().objects.get_or_create(username="ana")
    login(request, user, "django.contrib.auth.backends.ModelBackend")
    return HttpResponse("signed in")
