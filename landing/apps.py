"""Registers the app and its system checks."""

from __future__ import annotations

from django.apps import AppConfig


class LandingConfig(AppConfig):
    name = "landing"
    verbose_name = "Live user counter"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from landing import checks, deployment_checks  # noqa: F401  registering needs the settings
