"""Model admins of activities and publish tokens.

Activities can be hidden, shown again, and deleted, but not added or edited: a text that
people have seen does not change afterwards.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import ngettext
from rest_framework_api_key.admin import APIKeyModelAdmin
from rest_framework_api_key.models import APIKey

from ..activity import moderation
from ..activity.kinds import KINDS
from ..activity.tokens import validate_scope
from ..models import Activity, PublishToken
from .lists import ReadOnlyAdmin

# The library registers its own model of keys, which this app does not use.
admin.site.unregister(APIKey)


class KindFilter(admin.SimpleListFilter):
    """Filter by registered kinds. Listing the stored kinds would scan the whole table."""

    title = "kind"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(slug, str(kind.name)) for slug, kind in KINDS.items()]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Activity]
    ) -> QuerySet[Activity] | None:
        return queryset.filter(kind=self.value()) if self.value() else None


@admin.register(Activity)
class ActivityAdmin(ReadOnlyAdmin):
    """Activities, newest first."""

    list_display = ("created_at", "kind", "actor", "text", "is_visible", "reach", "skipped")
    list_filter = (KindFilter, "is_hidden", "reach", "created_at")
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-id")
    sortable_by = ("created_at",)
    search_fields = ("external_id",)
    search_help_text = "Search by external ID (the whole ID)"
    actions = ("hide", "show", "delete_selected")
    fields = (
        "created_at",
        "kind",
        "actor",
        "text",
        "data",
        "external_id",
        "is_visible",
        "reach",
        "decided_at",
        "skipped",
    )
    readonly_fields = fields

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Activity], search_term: str
    ) -> tuple[QuerySet[Activity], bool]:
        # Django's own search would split an external id into words.
        term = search_term.strip()
        return queryset.filter(external_id=term) if term else queryset, False

    @admin.display(description="Visible", boolean=True)
    def is_visible(self, row: Activity) -> bool:
        return not row.is_hidden

    def has_hide_permission(self, request: HttpRequest) -> bool:
        """Return True for users who may change activities, although nobody can edit them here."""
        return request.user.has_perm("landing.change_activity")

    @admin.action(permissions=["hide"], description="Hide selected activities")
    def hide(self, request: HttpRequest, queryset: QuerySet[Activity]) -> None:
        count = moderation.hide(queryset.values_list("pk", flat=True))
        message = ngettext("%(count)d activity hidden.", "%(count)d activities hidden.", count)
        self.message_user(request, message % {"count": count}, messages.SUCCESS)

    @admin.action(permissions=["hide"], description="Show selected activities")
    def show(self, request: HttpRequest, queryset: QuerySet[Activity]) -> None:
        count = moderation.show(queryset.values_list("pk", flat=True))
        message = ngettext("%(count)d activity shown.", "%(count)d activities shown.", count)
        self.message_user(request, message % {"count": count}, messages.SUCCESS)

    def delete_model(self, request: HttpRequest, obj: Activity) -> None:
        moderation.withdraw([obj.pk])
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Activity]) -> None:
        with transaction.atomic(using=queryset.db):
            moderation.withdraw(queryset.values_list("pk", flat=True))
            super().delete_queryset(request, queryset)


class PublishTokenForm(forms.ModelForm):  # type: ignore[type-arg]  # takes none at run time
    """Validates that the scope names registered kinds."""

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # builds the instance from the form
        try:
            validate_scope(self.instance)
        except ValidationError as error:
            self.add_error(None, error)


@admin.register(PublishToken)
class PublishTokenAdmin(APIKeyModelAdmin):
    """Publish tokens: created here and shown once; revoked for good."""

    form = PublishTokenForm
    list_display = (  # type: ignore[assignment]  # the library types it as a tuple of six
        "name",
        "prefix",
        "scope",
        "created",
        "last_used_at",
        "_has_expired",
        "revoked",
    )
    list_filter = ("revoked",)
    search_fields = ("name", "prefix")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        fields = (*super().get_readonly_fields(request, obj), "last_used_at")
        return (*fields, "scope") if obj is not None and obj.revoked else fields
