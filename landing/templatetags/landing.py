"""``{% load landing %}``: the older name of ``{% load live_user_counter %}``.

The package leaves it out, because a project may have a tag library of that name.
"""

from __future__ import annotations

from .live_user_counter import register

__all__ = ["register"]
