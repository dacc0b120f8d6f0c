"""Publish an activity from a form, without JavaScript: a visitor joins, and open pages show it.

Include ``urlpatterns`` in the URLs of the site. The user and the activity are stored together or
not at all. The activity is published only if the visitor ticked the box. Keep
``LANDING_ACTIVITY_SIGNUPS`` off, or each user gets a second activity.
"""

from __future__ import annotations

from django import forms
from django.contrib.auth.forms import UserCreationForm
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template import engines
from django.urls import path

from landing.activity import publish

PAGE = """<!doctype html>
<html lang="en">
<title>Join</title>
<h1>Join</h1>
<form method="post">
  {% csrf_token %}
  {{ form.as_div }}
  <button>Join</button>
</form>
</html>
"""


class JoinForm(UserCreationForm):
    """A new user, with a choice to appear in the feed."""

    first_name = forms.CharField(max_length=150, required=False)
    is_shown = forms.BooleanField(
        required=False, label="Show everybody here that I joined, with my first name"
    )

    class Meta(UserCreationForm.Meta):
        model = User
        fields = ("username", "first_name")


def join(request: HttpRequest) -> HttpResponse:
    """Show the form. Redirect after a valid submission, so that a reload does not send it again."""
    form = JoinForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        with transaction.atomic():  # the user and the activity, or neither
            user = form.save()
            if form.cleaned_data["is_shown"]:
                publish(kind="signup", text="joined", actor=user.first_name)
        return redirect("joined")
    return HttpResponse(engines["django"].from_string(PAGE).render({"form": form}, request))


def joined(request: HttpRequest) -> HttpResponse:
    """Show the page that follows the form."""
    return HttpResponse("<!doctype html><title>Welcome</title><p>You have joined. Welcome!</p>")


urlpatterns = [path("join/", join, name="join"), path("join/welcome/", joined, name="joined")]
