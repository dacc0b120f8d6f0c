"""Analytics in the admin: to look at and to delete, never to edit.

Deleting stays possible, to whom the permission is given: a visitor may ask to be
forgotten, and a search by visitor followed by "delete selected" does that.
"""

from __future__ import annotations

import re

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from landing.identity import VISITOR_BYTES
from landing.models import Analytics

HEX_DIGITS = re.compile(rf"[0-9a-f]{{1,{2 * VISITOR_BYTES}}}")


@admin.register(Analytics)
class AnalyticsAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # takes none at run time
    """The newest rows first."""

    list_display = ("created_at", "event", "path", "visitor", "user", "referrer_host")
    list_filter = ("event", "created_at")
    list_select_related = ("user",)
    date_hierarchy = "created_at"
    # By the primary key, which follows the time and always has an index.
    ordering = ("-id",)
    search_fields = ("visitor_id",)
    search_help_text = "A visitor: the first hex digits, or all 32 of them."
    show_full_result_count = False
    fields = (
        "created_at",
        "event",
        "path",
        "visitor",
        "user",
        "referrer_host",
        "data",
    )
    readonly_fields = fields

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Analytics], search_term: str
    ) -> tuple[QuerySet[Analytics], bool]:
        term = search_term.strip().lower()
        if not term:
            return queryset, False
        if not HEX_DIGITS.fullmatch(term):
            return queryset.none(), False
        return queryset.filter(visitor_id__range=_range(term)), False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Analytics | None = None) -> bool:
        return False


def _range(first_digits: str) -> tuple[bytes, bytes]:
    """The lowest and the highest visitor that begin with these hex digits."""
    digits = 2 * VISITOR_BYTES
    lowest, highest = first_digits.ljust(digits, "0"), first_digits.ljust(digits, "f")
    return bytes.fromhex(lowest), bytes.fromhex(highest)
