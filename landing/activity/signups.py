"""New users as activities, where ``LANDING_ACTIVITY_SIGNUPS`` says so.

Owns what is said of a new user. They asked for an account, not for attention: of their
name only as much is shown as ``LANDING_ACTIVITY_ACTOR_DISPLAY`` allows.
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
    """Receives ``post_save`` of the user model; nothing for fixtures, staff or the inactive."""
    is_wanted = created and not raw and conf.read().LANDING_ACTIVITY_SIGNUPS
    if not is_wanted or not instance.is_active or getattr(instance, "is_staff", False):
        return
    publishing.publish(
        kind="signup",
        text=_("joined"),
        # Never the login name, which may be an address.
        actor=getattr(instance, "first_name", None) or "",
    )
