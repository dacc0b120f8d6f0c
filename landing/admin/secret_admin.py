"""The base class of the model admins whose objects have a secret, which is shown only once."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import models
from django.forms.widgets import Script
from django.http import HttpRequest
from django.template.loader import render_to_string
from rest_framework_api_key.admin import APIKeyModelAdmin

from .site_time import DATE_AND_MINUTE, time_field
from .time_fields import TimeFields

#: Instead of the library's texts, which call everything an API key.
HELP_TEXTS = {
    "name": "The name in the list.",
    "expiry_date": "If empty, it works until it is revoked.",
    "revoked": "It stops working at once. This cannot be undone.",
}


class SecretAdmin(TimeFields, APIKeyModelAdmin):
    """Shows the secret of a new object in a message with a copy button.

    A subclass creates the object, and words the message.
    """

    created_time = time_field("created", "Created", DATE_AND_MINUTE)
    last_used_time = time_field("last_used_at", "Last used", DATE_AND_MINUTE)
    expiry_time = time_field("expiry_date", "Expires", DATE_AND_MINUTE)

    class Media:
        css = {"all": ("landing/admin/tools.css",)}  # noqa: RUF012
        js = (Script("landing/admin/copy-secret.js", type="module"),)

    def formfield_for_dbfield(
        self, db_field: models.Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        if db_field.name in HELP_TEXTS:
            kwargs["help_text"] = HELP_TEXTS[db_field.name]
        return super().formfield_for_dbfield(db_field, request, **kwargs)

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
        message = render_to_string("admin/landing/secret.html", context)
        self.message_user(request, message, messages.WARNING)
