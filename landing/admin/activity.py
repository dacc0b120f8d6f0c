"""Activities and tokens in the admin: take back and show again; make and revoke.

Owns which columns and actions there are. An activity is published by the site or by a
service, and never edited here: what people have seen does not change afterwards.
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

# The library registers its own kind of key, which opens nothing here.
admin.site.unregister(APIKey)


class KindFilter(admin.SimpleListFilter):
    """By the kinds that are registered: those in the table would take reading all of it."""

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
    """The newest first."""

    list_display = ("created_at", "kind", "actor", "text", "is_visible", "reach", "skipped")
    list_filter = (KindFilter, "is_hidden", "reach", "created_at")
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-id")
    sortable_by = ("created_at",)
    search_fields = ("external_id",)
    search_help_text = "An external id, in full."
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
        # Django's own would look for each word of it.
        term = search_term.strip()
        return queryset.filter(external_id=term) if term else queryset, False

    @admin.display(description="visible", boolean=True)
    def is_visible(self, row: Activity) -> bool:
        return not row.is_hidden

    def has_hide_permission(self, request: HttpRequest) -> bool:
        """Nothing can be edited, but whoever may change activities may take them back."""
        return request.user.has_perm("landing.change_activity")

    @admin.action(permissions=["hide"], description="Hide selected activities from every page")
    def hide(self, request: HttpRequest, queryset: QuerySet[Activity]) -> None:
        count = moderation.hide(queryset.values_list("pk", flat=True))
        told = ngettext("%(count)d activity hidden.", "%(count)d activities hidden.", count)
        self.message_user(request, told % {"count": count}, messages.SUCCESS)

    @admin.action(permissions=["hide"], description="Show selected activities again")
    def show(self, request: HttpRequest, queryset: QuerySet[Activity]) -> None:
        count = moderation.show(queryset.values_list("pk", flat=True))
        told = ngettext("%(count)d activity shown.", "%(count)d activities shown.", count)
        self.message_user(request, told % {"count": count}, messages.SUCCESS)

    def delete_model(self, request: HttpRequest, obj: Activity) -> None:
        moderation.withdraw([obj.pk])
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Activity]) -> None:
        with transaction.atomic(using=queryset.db):
            moderation.withdraw(queryset.values_list("pk", flat=True))
            super().delete_queryset(request, queryset)


class PublishTokenForm(forms.ModelForm):  # type: ignore[type-arg]  # takes none at run time
    """Refuses a scope that names an unknown kind."""

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # builds the instance from the form
        try:
            validate_scope(self.instance)
        except ValidationError as error:
            self.add_error(None, error)


@admin.register(PublishToken)
class PublishTokenAdmin(APIKeyModelAdmin):
    """Made here and shown once; revoked here for good."""

    form = PublishTokenForm
    list_display = (  # type: ignore[assignment]  # theirs is a tuple of six
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
