"""How every list of the app in the admin behaves."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from landing.changelist import CappedPaginator, QuickChangeList


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # takes none at run time
    """A list that is quick on millions of rows, and nothing to fill in."""

    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # each would count the whole table

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[QuickChangeList]:
        return QuickChangeList

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
