"""Model admin of the links that show the dashboard without a login."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import ngettext
from rest_framework_api_key.admin import APIKeyModelAdmin

from ...dates import to_aware
from ...tables.shared_links import SharedLink
from ..site_time import DATE_AND_MINUTE, format_time
from ..time_limits import TimeLimits
from . import secrets


@admin.register(SharedLink)
class SharedLinkAdmin(TimeLimits, APIKeyModelAdmin):
    """Shared links: created here and shown once; revoked for good."""

    list_display = (  # type: ignore[assignment]  # the library types it as a tuple of six
        "name",
        "created_at",
        "last_used",
        "expires",
        "status",
    )
    list_filter = ("revoked",)
    actions = ("revoke", "delete_selected")

    class Media:
        js = ("landing/admin/copy-button.js",)

    @admin.display(description="Created", ordering="created")
    def created_at(self, link: SharedLink) -> str:
        return _format(link.created)

    @admin.display(description="Last used", ordering="last_used_at")
    def last_used(self, link: SharedLink) -> str:
        return _format(link.last_used_at)

    @admin.display(description="Expires", ordering="expiry_date")
    def expires(self, link: SharedLink) -> str:
        return _format(link.expiry_date)

    @admin.display(description="Status")
    def status(self, link: SharedLink) -> str:
        # As text, because the icon of a false value looks like an error.
        return "revoked" if link.revoked else "expired" if link.has_expired else "active"

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        # A new link has neither a prefix nor a use.
        fields = ("name", "expiry_date")
        return (*fields, "revoked", "prefix", "created", "last_used_at") if obj else fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return (*super().get_readonly_fields(request, obj), "created", "last_used_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return True only for users who may see the dashboard themselves."""
        may_see = request.user.has_perm("landing.view_analytics")
        return may_see and super().has_add_permission(request)

    def save_model(
        self, request: HttpRequest, obj: Any, form: Any = None, change: bool = False
    ) -> None:
        if change:
            obj.save()
            return
        address = secrets.create(obj, request)
        message = format_html(
            "This link opens the dashboard without a login. It is shown only once: "
            '<input size="60" aria-label="Link" readonly value="{}"> '
            '<button type="button" class="button" data-copy hidden>Copy</button>',
            address,
        )
        self.message_user(request, message, messages.WARNING)

    @admin.action(permissions=["change"], description="Revoke selected shared links")
    def revoke(self, request: HttpRequest, queryset: QuerySet[SharedLink]) -> None:
        links = list(queryset.filter(revoked=False))
        for link in links:
            link.revoked = True
            link.save(update_fields=["revoked"])
            self.log_change(request, link, [{"changed": {"fields": ["Revoked"]}}])
        message = ngettext("%(count)d link revoked.", "%(count)d links revoked.", len(links))
        self.message_user(request, message % {"count": len(links)}, messages.SUCCESS)


def _format(at: datetime | None) -> str:
    # The library's columns are naive without USE_TZ.
    return format_time(to_aware(at), DATE_AND_MINUTE) if at else "never"
