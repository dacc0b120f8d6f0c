"""The model admin of the page's content: one object, its history, and a preview."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import flatten_fieldsets
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, URLPattern, path, reverse
from django.views.decorators.http import require_POST

from ...checks.page import find_contrast_problem
from ...content.logo import files
from ...content.logo.picture import Picture
from ...content.values import Content
from ...models import Page
from ...names import LABEL, URLS
from ...tables.page import ONLY_KEY
from ..addresses import address
from . import layout, preview
from .form import PageForm

REFUSED_PREVIEW = "live_user_counter/admin/page/preview_refused.html"
COLUMNS = frozenset(field.name for field in Page._meta.fields)


class PageAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # takes none at run time
    """The one page. Its list leads to its form."""

    form = PageForm
    change_form_template = "live_user_counter/admin/page/change_form.html"

    class Media:
        css = {"all": ("live_user_counter/admin/page.css",)}  # noqa: RUF012  as Django types it

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.preview_view))
        return [path("preview/", view, name=f"{LABEL}_page_preview"), *super().get_urls()]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and not Page.objects.exists()

    def get_model_perms(self, request: HttpRequest) -> dict[str, bool]:
        """Return the links of the admin's navigation. One leads to the form, whether new or not.

        No query is made, because every page of the admin has the navigation.
        """
        may_add = super().has_add_permission(request)
        return {
            "add": False,
            "change": may_add or self.has_change_permission(request),
            "delete": self.has_delete_permission(request),
            "view": self.has_view_permission(request),
        }

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Redirect to the form of the only object, or of a new one."""
        if self.has_view_or_change_permission(request) and Page.objects.exists():
            return self._open_stored(request)
        if self.has_add_permission(request):
            return HttpResponseRedirect(address(self.admin_site, "page_add"))
        return super().changelist_view(request, extra_context)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Return the form without the button that adds another page.

        The form of a new page leads to that of the page that exists by now.
        """
        may_open = self.has_view_or_change_permission(request)
        if object_id is None and may_open and Page.objects.exists():
            return self._open_stored(request)
        context = {"show_save_and_add_another": False, **(extra_context or {})}
        try:
            return super().changeform_view(request, object_id, form_url, context)
        except IntegrityError as error:  # two forms of a new page were sent at once
            if not may_open:
                raise PermissionDenied from error
            return self._open_stored(request)

    def _open_stored(self, request: HttpRequest) -> HttpResponse:
        if request.method == "POST":  # of a second tab, or of a double click
            text = "The page was saved just before, so this form was not. Check the values."
            self.message_user(request, text, messages.WARNING)
        return HttpResponseRedirect(address(self.admin_site, "page_change", ONLY_KEY))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the fields of the form, or for users who may only view it, the columns."""
        if obj is None or self.has_change_permission(request, obj):
            return layout.fieldsets(Content.from_page(obj or Page()))
        return [(None, {"fields": [each.name for each in Page._meta.fields if each.editable]})]

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm[Any]]:
        """Return the form, which adds the fields that are not columns itself."""
        names = kwargs.pop("fields", None) or flatten_fieldsets(self.get_fieldsets(request, obj))
        columns = [name for name in names if name in COLUMNS]
        return super().get_form(request, obj, change, fields=columns, **kwargs)

    def view_on_site(self, obj: Any) -> str | None:
        """Return the address of the page, or None if the project has no route to it."""
        with suppress(NoReverseMatch):
            return reverse(f"{URLS}:home")
        return None

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        upload = form.cleaned_data["logo_upload"]
        if isinstance(upload, Picture) or upload is False:
            files.replace(obj, upload or None)
        super().save_model(request, obj, form, change)
        for warning in _find_warnings(obj):
            self.message_user(request, warning, messages.WARNING)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        files.delete_all()

    def preview_view(self, request: HttpRequest) -> HttpResponse:
        """Return the page with the values of the form, which nobody else sees."""
        stored = Page.objects.first()
        if not self._may_edit(request, stored):
            raise PermissionDenied
        draft = stored or Page()
        form: Any = self.get_form(request, stored, change=stored is not None)(
            request.POST, request.FILES, instance=draft
        )
        if not form.is_valid():
            context = {
                **self.admin_site.each_context(request),
                "title": "These values can’t be shown",
                "form": form,
            }
            return TemplateResponse(request, REFUSED_PREVIEW, context)
        language = request.POST.get("preview_language", "")
        warnings = _find_warnings(draft)
        return preview.render(request, form.draft, language, warnings)

    def _may_edit(self, request: HttpRequest, stored: Page | None) -> bool:
        if stored is None:
            return self.has_add_permission(request)
        return self.has_change_permission(request, stored)


def _find_warnings(page: Page) -> list[str]:
    """Return warnings of values that are valid, but probably a mistake."""
    problem = find_contrast_problem(page.brand_color) if page.brand_color else None
    return [f"The color {problem.text} {problem.remedy}"] if problem else []
