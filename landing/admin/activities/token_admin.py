"""The model admin of publish tokens: created and shown once, then revoked for good."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from ...activity.kinds import KINDS
from ...models import PublishToken
from ..secret_admin import SecretAdmin

#: The choice for an empty scope. No kind has an empty slug.
EVERY_KIND = ""


class PublishTokenForm(forms.ModelForm):  # type: ignore[type-arg]  # takes none at run time
    """Selects the scope by checkboxes. The column keeps kinds separated by commas."""

    scope = forms.MultipleChoiceField(
        label="May publish",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Select the kinds that this token may publish."},
    )

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        scope = self.fields.get("scope")
        if isinstance(scope, forms.MultipleChoiceField):  # it is missing if the token is revoked
            scope.choices = _scope_choices(self.instance.kinds)
            is_new = self.instance._state.adding
            self.initial["scope"] = self.instance.kinds or ([] if is_new else [EVERY_KIND])

    def clean_scope(self) -> str:
        """Return the value of the column; the stored one if the selection is the same."""
        selected = self.cleaned_data["scope"]
        if EVERY_KIND in selected:
            if len(selected) > 1:
                raise forms.ValidationError("Select either every kind or some of the kinds.")
            return ""
        is_same = set(selected) == set(self.instance.kinds)
        return self.instance.scope if is_same else ",".join(selected)


def _scope_choices(stored: list[str]) -> list[tuple[str, str]]:
    """Return every kind, the registered kinds, and stored kinds that are not registered."""
    known = [(slug, f"{kind.name} ({slug})") for slug, kind in KINDS.items()]
    unknown = [(slug, f"{slug} (not registered)") for slug in stored if slug not in KINDS]
    return [(EVERY_KIND, "Every kind, also future ones"), *known, *unknown]


class PublishTokenAdmin(SecretAdmin):
    """Publish tokens, newest first."""

    form = PublishTokenForm
    list_display = (
        "name",
        "prefix",
        "may_publish",
        "state",
        "created_time",
        "last_used_time",
        "expiry_time",
    )
    list_filter = ("revoked",)

    @admin.display(description="May publish", ordering="scope")
    def may_publish(self, token: PublishToken) -> str:
        return ", ".join(token.kinds) or "every kind"

    @admin.display(description="State")
    def state(self, token: PublishToken) -> str:
        # As text, because the icon of a false value looks like an error.
        if token.revoked:
            return "revoked"
        return "expired" if token.has_expired else "valid"

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        fields = (*super().get_readonly_fields(request, obj), "last_used_time")
        return (*fields, "scope") if obj is not None and obj.revoked else fields

    def create(self, request: HttpRequest, obj: Any) -> str:
        key: str = PublishToken.objects.assign_key(obj)
        obj.save(force_insert=True)
        return key

    def describe_secret(self, obj: Any) -> str:
        return f"The key of “{obj.name}” is shown only once. Store it in a safe place:"
