"""Publish an activity with a form, in the same steps as by API."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import AdminErrorList, AdminForm
from django.contrib.admin.models import ADDITION
from django.contrib.admin.widgets import AdminTextareaWidget, AdminTextInputWidget
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from ... import activity as activities
from ... import conf
from ...activity import delivery
from ...activity.kinds import KINDS
from ...activity.validation import InvalidActivity
from ...models import ACTOR_LENGTH, EXTERNAL_ID_LENGTH, TEXT_LENGTH, Activity
from ..addresses import address
from ..read_only_admin import ReadOnlyAdmin
from ..time_fields import LabeledSplitDateTime

FIELDSETS: list[tuple[str | None, dict[str, Any]]] = [
    (None, {"fields": ("kind", "actor", "text")}),
    ("More", {"fields": ("created_at", "data", "external_id"), "classes": ("collapse",)}),
]


def _kind_choices() -> list[tuple[str, str]]:
    kinds = [(slug, str(kind.name)) for slug, kind in KINDS.items()]
    return [("", "Select a kind"), *kinds]


def _line(max_length: int, help_text: str, **options: Any) -> forms.CharField:
    return forms.CharField(
        max_length=max_length,
        required=False,
        widget=AdminTextInputWidget,
        help_text=help_text,
        **options,
    )


def _lines(help_text: str, **options: Any) -> forms.CharField:
    widget = AdminTextareaWidget(attrs={"rows": 3})
    return forms.CharField(widget=widget, help_text=help_text, **options)


class PublishForm(forms.Form):
    """The fields of :func:`landing.activity.publish`, with the limits of the API."""

    kind = forms.ChoiceField(choices=_kind_choices)
    actor = _line(
        ACTOR_LENGTH, "The name of the person. Pages show as much of it as the settings allow."
    )
    text = _lines(
        "What happened, as pages show it after the name. It cannot be edited later.",
        max_length=TEXT_LENGTH,
    )
    created_at = forms.SplitDateTimeField(
        label="When",
        required=False,
        widget=LabeledSplitDateTime,
        help_text="When it happened. Leave empty if it happened just now.",
    )
    data = _lines(  # type: ignore[assignment]  # Django moves it off the class
        'A JSON object for programs, such as {"order": 4711}. Never public.', required=False
    )
    external_id = _line(
        EXTERNAL_ID_LENGTH,
        "Your own ID. The same ID is published once.",
        label="External ID",
        empty_value=None,
    )

    def clean_data(self) -> dict[str, Any]:
        """Return the JSON object; an empty one without a text."""
        try:
            data = json.loads(self.cleaned_data["data"] or "{}")
        except (ValueError, RecursionError):
            data = None
        if not isinstance(data, dict):
            raise forms.ValidationError(_("Must be a JSON object."))
        return data

    def publish(self) -> Activity | None:
        """Publish the activity. Return None if a field is not valid; the form has the errors."""
        if not self.is_valid():
            return None
        try:
            return activities.publish(**self.cleaned_data)
        except InvalidActivity as error:
            for field, text in error.errors.items():
                self.add_error(field, text)
        return None


class PublishingAdmin(ReadOnlyAdmin):
    """Adds activities by publishing them."""

    add_form_template = "live_user_counter/admin/publish_activity.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return admin.ModelAdmin.has_add_permission(self, request)

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = PublishForm(request.POST if request.method == "POST" else None)
        published = self._publish(request, form) if form.is_bound else None
        if published is not None:
            return HttpResponseRedirect(self._find_next_page(request, published))
        shown = AdminForm(form, FIELDSETS, {}, model_admin=self)  # type: ignore[arg-type]  # any form
        context = {
            **self.admin_site.each_context(request),
            "title": "Publish an activity",
            "adminform": shown,
            "errors": AdminErrorList(form, []),  # type: ignore[arg-type]  # any form
            "inline_admin_formsets": [],
            "media": self.media + shown.media,
            **(extra_context or {}),
        }
        return self.render_change_form(request, context, add=True, form_url=form_url)

    def _publish(self, request: HttpRequest, form: PublishForm) -> Activity | None:
        with transaction.atomic(using=delivery.database()):
            external_id = form.is_valid() and form.cleaned_data["external_id"]
            known = external_id and Activity.objects.filter(external_id=external_id).exists()
            published = form.publish()
            if published is None:
                return None
            if not known:
                self.log_rows(request, [published.pk], ADDITION, "Published.")
        # The rate limit has decided after the commit.
        published.refresh_from_db(fields=("reach",))
        self.message_user(request, *_describe_outcome(published, is_known=bool(known)))
        return published

    def _find_next_page(self, request: HttpRequest, published: Activity) -> str:
        """Return the page of the activity; without the permission to view it, the form again."""
        if self.has_view_permission(request):
            return address(self.admin_site, "activity_change", published.pk)
        return address(self.admin_site, "activity_add")


def _describe_outcome(published: Activity, *, is_known: bool) -> tuple[str, int]:
    """Return a message for the publisher, and its level."""
    if is_known:
        text = "This external ID was published before. No new activity was stored."
        return text, messages.WARNING
    if published.reach == Activity.Reach.HELD:
        limit = conf.read().LANDING_ACTIVITY_PER_MINUTE
        text = f"Stored, but rate-limited: at most {limit} activities a minute reach open pages."
        return text, messages.WARNING
    return "The activity is published.", messages.SUCCESS
