"""Model admin of the links that show the dashboard without a login."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import ngettext

from ...names import permission
from ...tables.shared_links import SharedLink
from ..secret_admin import SecretAdmin
from . import secrets


class SharedLinkAdmin(SecretAdmin):
    """Shared links: created here and shown once; revoked for good."""

    list_display = (
        "name",
        "created_time",
        "last_used_time",
        "expiry_time",
        "status",
    )
    list_filter = ("revoked",)
    empty_value_display = "never"
    actions = ("revoke", "delete_selected")

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
        """Return True only for users who may see the dashboard, if the links have a route."""
        if not secrets.has_route():
            return False
        may_see = request.user.has_perm(permission("view_analytics"))
        return may_see and super().has_add_permission(request)

    def create(self, request: HttpRequest, obj: Any) -> str:
        return secrets.create(obj, request)

    def describe_secret(self, obj: Any) -> str:
        return "This link opens the dashboard without a login. It is shown only once:"

    @admin.action(permissions=["change"], description="Revoke selected shared links")
    def revoke(self, request: HttpRequest, queryset: QuerySet[SharedLink]) -> None:
        links = list(queryset.filter(revoked=False))
        for link in links:
            link.revoked = True
            link.save(update_fields=["revoked"])
            self.log_change(request, link, [{"changed": {"fields": ["Revoked"]}}])
        message = ngettext("%(count)d link revoked.", "%(count)d links revoked.", len(links))
        self.message_user(request, message % {"count": len(links)}, messages.SUCCESS)
