"""Model admin of the notes on the dashboard's charts."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponseRedirect, QueryDict

from ..models import Analytics
from ..tables import users
from ..tables.notes import ChartNote
from .addresses import address, find_admin
from .dashboard.notes.lines import RETURN_PARAMETER
from .site_time import DATE_AND_MINUTE, format_time
from .time_fields import TimeFields


class ChartNoteAdmin(TimeFields, admin.ModelAdmin):  # type: ignore[type-arg]  # takes none at run time
    """Notes, newest first. A form that the dashboard opened returns to it."""

    list_display = ("time", "text", "author")
    list_display_links = ("text",)
    ordering = ("-at", "-pk")
    search_fields = ("text",)
    fields = ("at", "text", "author")
    readonly_fields = ("author",)

    def get_list_select_related(self, request: HttpRequest) -> tuple[str, ...]:
        return users.joins(self.model, "author")

    @admin.display(description="Time", ordering="at")
    def time(self, note: ChartNote) -> str:
        return format_time(note.at, DATE_AND_MINUTE)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        # A new note has no author yet.
        return self.fields if obj else self.fields[:2]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            obj.author_id = request.user.pk  # the user may be in another database
        super().save_model(request, obj, form, change)

    def response_post_save_add(self, request: HttpRequest, obj: Any) -> HttpResponseRedirect:
        return self._return(request) or super().response_post_save_add(request, obj)

    def response_post_save_change(self, request: HttpRequest, obj: Any) -> HttpResponseRedirect:
        return self._return(request) or super().response_post_save_change(request, obj)

    def _return(self, request: HttpRequest) -> HttpResponseRedirect | None:
        """Return to the range of the dashboard that opened the form."""
        query = request.GET.get(RETURN_PARAMETER)
        if query is None or find_admin(self.admin_site, Analytics) is None:
            return None
        url = address(self.admin_site, "dashboard")
        return HttpResponseRedirect(f"{url}?{QueryDict(query).urlencode()}")
