"""Publishing from a form, without JavaScript: somebody joins, and the open pages say so.

Include ``urlpatterns`` in those of the site. What is published is what the visitor did, with
it or not at all, and only if they ticked the box. Leave ``LANDING_ACTIVITY_SIGNUPS`` off
beside it: it would publish a second activity for the same user.
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
    """A new user, who may want to be shown or not."""

    first_name = forms.CharField(max_length=150, required=False)
    is_shown = forms.BooleanField(
        required=False, label="Tell everybody who is here that I joined, with my first name"
    )

    class Meta(UserCreationForm.Meta):
        model = User
        fields = ("username", "first_name")


def join(request: HttpRequest) -> HttpResponse:
    """The form; once it is filled in rightly, a redirect: a reload does not post it again."""
    form = JoinForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        with transaction.atomic():  # the user and the activity, or neither
            user = form.save()
            if form.cleaned_data["is_shown"]:
                publish(kind="signup", text="joined", actor=user.first_name)
        return redirect("joined")
    return HttpResponse(engines["django"].from_string(PAGE).render({"form": form}, request))


def joined(request: HttpRequest) -> HttpResponse:
    return HttpResponse("<!doctype html><title>Welcome</title><p>You have joined. Welcome!</p>")


urlpatterns = [path("join/", join, name="join"), path("join/welcome/", joined, name="joined")]
