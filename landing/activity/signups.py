"""Publish an activity for each new user if ``LANDING_ACTIVITY_SIGNUPS`` is on.

New users did not ask for publicity, so ``LANDING_ACTIVITY_ACTOR_DISPLAY`` limits how much of
their name is public.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from .. import conf
from . import publishing


def publish_signup(*, instance: Any, created: bool, raw: bool = False, **kwargs: Any) -> None:
    """Publish "joined" for a new user. Receiver of ``post_save`` of the user model.

    Fixtures, staff, and inactive users are left out.
    """
    is_enabled = created and not raw and conf.read().LANDING_ACTIVITY_SIGNUPS
    is_inactive = not getattr(instance, "is_active", True)
    if not is_enabled or is_inactive or getattr(instance, "is_staff", False):
        return
    # Never the username, which may be an email address. User models may lack a first name.
    name = getattr(instance, "first_name", None)
    actor = name if isinstance(name, str) else ""
    publishing.publish(kind="signup", text=_("joined"), actor=actor)
