"""Model admins of analytics rows and samples: view, export, and delete, never edit.

Users with the permission can delete rows, because a visitor may ask to be forgotten: search
for the visitor id, then delete the selected rows.
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
from django.views.decorators.http import require_GET

from ..analytics import export
from ..analytics.rollups import deletion
from ..models import Analytics, CountSample
from ..names import LABEL
from ..tables import users
from ..visitors.visitor_cookie import VISITOR_BYTES
from .dashboard import export as dashboard_export
from .dashboard import views
from .live_map import views as live_map_views
from .read_only_admin import ReadOnlyAdmin
from .site_time import DATE_AND_MINUTE, DATE_AND_SECONDS, time_field

HEX_DIGITS = re.compile(rf"[0-9a-f]{{1,{2 * VISITOR_BYTES}}}")

#: Digits of a visitor id in the list. The page of one row shows all.
SHOWN_DIGITS = 8


class AnalyticsAdmin(ReadOnlyAdmin):
    """Analytics rows, newest first."""

    list_display = ("at", "event", "path", "visitor_start", "user", "referrer_host")
    list_filter = ("event", "created_at")
    date_hierarchy = "created_at"
    # Matches the index: thousands of dwell rows share one timestamp.
    ordering = ("-created_at", "-visitor_id", "-id")
    sortable_by = ("at",)
    search_fields = ("visitor_id",)
    search_help_text = "Search by visitor ID (the first characters are enough)"
    actions = ("delete_selected",)
    fields = (
        "at",
        "event",
        "path",
        "visitor",
        "user",
        "referrer_host",
        "utm_source",
        "utm_campaign",
        "language",
        "width",
        "data",
    )
    readonly_fields = fields

    at = time_field("created_at", "Time", DATE_AND_SECONDS)

    def get_list_select_related(self, request: HttpRequest) -> tuple[str, ...]:
        return users.joins(self.model, "user")

    @admin.display(description="Visitor")
    def visitor_start(self, row: Analytics) -> str:
        """Return the first digits, which are enough for the search."""
        return row.visitor[:SHOWN_DIGITS]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_GET(self.export_view))
        return [
            *views.urls(self.admin_site),
            *dashboard_export.urls(self.admin_site),
            *live_map_views.urls(self.admin_site),
            path("export/<str:name>/", view, name=f"{LABEL}_analytics_export"),
            *super().get_urls(),
        ]

    def export_view(self, request: HttpRequest, name: str) -> StreamingHttpResponse:
        """Return the rows of the list with the same query string as a file."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if name not in export.FORMATS:
            raise Http404(f"Unknown format {name!r}. Known formats: {', '.join(export.FORMATS)}.")
        try:
            rows = self.get_changelist_instance(request).queryset
        except IncorrectLookupParameters as error:
            raise BadRequest("These filters aren't valid.") from error
        return export.stream_response(request, rows, name)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Analytics]) -> None:
        deletion.delete_rows(Analytics.objects.filter(pk__in=queryset.values("pk")))

    def delete_model(self, request: HttpRequest, obj: Analytics) -> None:
        deletion.delete_rows(Analytics.objects.filter(pk=obj.pk))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Analytics], search_term: str
    ) -> tuple[QuerySet[Analytics], bool]:
        term = search_term.strip().lower()
        if not term:
            return queryset, False
        if not HEX_DIGITS.fullmatch(term):
            return queryset.none(), False
        return queryset.filter(visitor_id__range=_visitor_range(term)), False


class CountSampleAdmin(ReadOnlyAdmin):
    """Samples, newest first."""

    list_display = ("at", "people", "connections", "active", "peak_people", "minutes", "source")
    list_filter = ("is_demo",)
    ordering = ("-minute",)
    sortable_by = ("at",)
    fields = list_display
    readonly_fields = fields

    at = time_field("at", "Time", DATE_AND_MINUTE, ordering="minute")

    @admin.display(description="Source")
    def source(self, sample: CountSample) -> str:
        # As text, because the icon of a false value looks like an error.
        return "demo data" if sample.is_demo else "counted"

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _visitor_range(first_digits: str) -> tuple[bytes, bytes]:
    """Return the lowest and the highest visitor id that start with these hex digits."""
    digits = 2 * VISITOR_BYTES
    lowest, highest = first_digits.ljust(digits, "0"), first_digits.ljust(digits, "f")
    return bytes.fromhex(lowest), bytes.fromhex(highest)
