"""Publish an activity for each new user if ``LANDING_ACTIVITY_SIGNUPS`` is on.

New users did not ask for publicity, so ``LANDING_ACTIVITY_ACTOR_DISPLAY`` limits how much of
their name is public.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.utils.translation import gettext as _

from .. import conf
from . import publishing


def publish_signup(
    *, instance: AbstractBaseUser, created: bool, raw: bool = False, **kwargs: Any
) -> None:
    """Publish "joined" for a new user. Receiver of ``post_save`` of the user model.

    Fixtures, staff, and inactive users are left out.
    """
    is_enabled = created and not raw and conf.read().LANDING_ACTIVITY_SIGNUPS
    if not is_enabled or not instance.is_active or getattr(instance, "is_staff", False):
        return
    publishing.publish(
        kind="signup",
        text=_("joined"),
        # Never the username, which may be an email address.
        actor=getattr(instance, "first_name", None) or "",
    )
