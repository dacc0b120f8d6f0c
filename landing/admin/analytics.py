"""Analytics and samples in the admin: to look at, to export and to delete, never to edit.

Owns which columns, filters and pages there are. Deleting analytics stays possible, to
whom the permission is given: a visitor may ask to be forgotten, and a search by visitor
followed by "delete selected" does that.
"""

from __future__ import annotations

import re
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.urls import URLPattern, path
from django.utils import formats, timezone
from django.views.decorators.http import require_GET

from ..analytics import export
from ..models import Analytics, CountSample
from ..visitors.visitor_cookie import VISITOR_BYTES
from .dashboard import views
from .lists import ReadOnlyAdmin

HEX_DIGITS = re.compile(rf"[0-9a-f]{{1,{2 * VISITOR_BYTES}}}")


@admin.register(Analytics)
class AnalyticsAdmin(ReadOnlyAdmin):
    """The newest rows first."""

    list_display = ("created_at", "event", "path", "visitor", "user", "referrer_host")
    list_filter = ("event", "created_at")
    list_select_related = ("user",)
    date_hierarchy = "created_at"
    # Begins as the index does: thousands of heartbeats bear one moment.
    ordering = ("-created_at", "-visitor_id", "-id")
    sortable_by = ("created_at",)
    search_fields = ("visitor_id",)
    search_help_text = "A visitor: the first hex digits, or all 32 of them."
    actions = ("delete_selected",)
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

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_GET(self.export_view))
        return [
            *views.urls(self.admin_site),
            path("export/<str:name>/", view, name="landing_analytics_export"),
            *super().get_urls(),
        ]

    def export_view(self, request: HttpRequest, name: str) -> StreamingHttpResponse:
        """The rows that the list shows with the same query string, as a file."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if name not in export.FORMATS:
            raise Http404(f"No such format: {name}. There are {', '.join(export.FORMATS)}.")
        try:
            rows = self.get_changelist_instance(request).queryset
        except IncorrectLookupParameters as error:
            raise BadRequest("These filters make no sense.") from error
        return export.stream_response(request, rows, name)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Analytics], search_term: str
    ) -> tuple[QuerySet[Analytics], bool]:
        term = search_term.strip().lower()
        if not term:
            return queryset, False
        if not HEX_DIGITS.fullmatch(term):
            return queryset.none(), False
        return queryset.filter(visitor_id__range=_range(term)), False


@admin.register(CountSample)
class CountSampleAdmin(ReadOnlyAdmin):
    """The newest minutes first."""

    list_display = ("at", "people", "connections", "active", "peak_people", "minutes", "is_demo")
    list_filter = ("is_demo",)
    ordering = ("-minute",)
    sortable_by = ("at",)
    fields = list_display
    readonly_fields = fields

    @admin.display(description="time", ordering="minute")
    def at(self, sample: CountSample) -> str:
        # As text: the page of one sample would show a moment in UTC, the list does not.
        return formats.localize(timezone.localtime(sample.at))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _range(first_digits: str) -> tuple[bytes, bytes]:
    """The lowest and the highest visitor that begin with these hex digits."""
    digits = 2 * VISITOR_BYTES
    lowest, highest = first_digits.ljust(digits, "0"), first_digits.ljust(digits, "f")
    return bytes.fromhex(lowest), bytes.fromhex(highest)
