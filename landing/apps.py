"""The app's configuration: registers its system checks and its receivers."""

from __future__ import annotations

from django.apps import AppConfig
from django.conf import settings
from django.db.models.signals import post_delete, post_save

from .names import LABEL


class LandingConfig(AppConfig):
    """The app of the live user counter."""

    # The package, whose name becomes the label of the app.
    name = __name__.removesuffix(".apps")
    verbose_name = "Live user counter"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks, and the receivers of new users and of the page's content."""
        # The checks need the settings, and the receivers need the models.
        from . import checks  # noqa: F401
        from .activity import signups
        from .brand.current import build_files
        from .content import current, publishing
        from .models import Page
        from .visitors.session_user import has_user_model

        if has_user_model():
            post_save.connect(
                signups.publish_signup,
                settings.AUTH_USER_MODEL,
                dispatch_uid=f"{LABEL}.activity.signups",
            )
        for signal in (post_save, post_delete):
            signal.connect(publishing.publish, Page, dispatch_uid=f"{LABEL}.content")
        current.copy.before_showing = build_files
