"""Hide activities and show them again: two actions of the list, and a button of one activity."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE
from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from ...activity import delivery, moderation
from ...models import Activity
from ...names import LABEL, permission
from ..addresses import address
from ..read_only_admin import ReadOnlyAdmin


class HidingAdmin(ReadOnlyAdmin):
    """Hides and shows activities. The change of each is in its history."""

    def has_hide_permission(self, request: HttpRequest) -> bool:
        """Return True for users who may change activities, although nobody can edit them here."""
        return request.user.has_perm(permission("change_activity"))

    @admin.action(permissions=["hide"], description="Hide selected activities")
    def hide(self, request: HttpRequest, queryset: QuerySet[Activity]) -> None:
        self._set_hidden(request, queryset.values_list("pk", flat=True), True)

    @admin.action(permissions=["hide"], description="Show selected activities")
    def show(self, request: HttpRequest, queryset: QuerySet[Activity]) -> None:
        self._set_hidden(request, queryset.values_list("pk", flat=True), False)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.hidden_view))
        return [
            path("<int:pk>/hide/", view, {"hidden": True}, name=f"{LABEL}_activity_hide"),
            path("<int:pk>/show/", view, {"hidden": False}, name=f"{LABEL}_activity_show"),
            *super().get_urls(),
        ]

    def hidden_view(self, request: HttpRequest, pk: int, hidden: bool) -> HttpResponse:
        """Hide or show one activity, and return to its page."""
        if not self.has_hide_permission(request):
            raise PermissionDenied
        if self.get_object(request, str(pk)) is None:
            raise Http404(f"There is no activity {pk}.")
        self._set_hidden(request, [pk], hidden)
        page = address(self.admin_site, "activity_change", pk)
        filters: Any = {"preserved_filters": self.get_preserved_filters(request), "opts": self.opts}
        return HttpResponseRedirect(add_preserved_filters(filters, page))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context = {
            **(extra_context or {}),
            "has_hide_permission": self.has_hide_permission(request),
        }
        return super().change_view(request, object_id, form_url, context)

    def _set_hidden(self, request: HttpRequest, ids: Iterable[int], hidden: bool) -> None:
        with transaction.atomic(using=delivery.database()):
            changed = moderation.set_hidden(ids, hidden)
            self.log_rows(request, changed, CHANGE, "Hidden." if hidden else "Shown again.")
        count = len(changed)
        if hidden:
            message = ngettext("%(count)d activity hidden.", "%(count)d activities hidden.", count)
        else:
            message = ngettext("%(count)d activity shown.", "%(count)d activities shown.", count)
        self.message_user(request, message % {"count": count}, messages.SUCCESS)
