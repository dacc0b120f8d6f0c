"""The base class of the model admins whose objects have a secret, which is shown only once."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.forms.widgets import Script
from django.http import HttpRequest
from django.template.loader import render_to_string

from .site_time import DATE_AND_MINUTE, time_field
from .time_fields import TimeFields


class SecretAdmin(TimeFields, admin.ModelAdmin):  # type: ignore[type-arg]  # takes none at run time
    """Shows the secret of a new object in a message with a copy button.

    A subclass creates the object, and words the message.
    """

    created_time = time_field("created", "Created", DATE_AND_MINUTE)
    last_used_time = time_field("last_used_at", "Last used", DATE_AND_MINUTE)
    expiry_time = time_field("expiry_date", "Expires", DATE_AND_MINUTE)
    search_fields = ("name", "prefix")

    class Media:
        css = {"all": ("live_user_counter/admin/tools.css",)}  # noqa: RUF012
        js = (Script("live_user_counter/admin/copy-secret.js", type="module"),)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        if obj is not None and obj.revoked:
            return ("prefix", "name", "revoked", "expiry_date")
        return ("prefix",)

    def create(self, request: HttpRequest, obj: Any) -> str:
        """Save a new object, and return its secret."""
        raise NotImplementedError

    def describe_secret(self, obj: Any) -> str:
        """Return the text before the secret."""
        raise NotImplementedError

    def save_model(
        self, request: HttpRequest, obj: Any, form: Any = None, change: bool = False
    ) -> None:
        if change:
            obj.save()
            return
        secret = self.create(request, obj)
        context = {"notice": self.describe_secret(obj), "secret": secret}
        message = render_to_string("live_user_counter/admin/secret.html", context)
        self.message_user(request, message, messages.WARNING)
