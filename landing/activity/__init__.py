"""Activities: publish what happened, hide it, and show it again.

The public names for site code. The parts are ``validation`` (what is allowed),
``rate_limit`` (which activities reach open pages), ``delivery`` (what follows a commit),
``recent`` (what pages show now), ``kinds``, ``text`` and ``signups``.
"""

from __future__ import annotations

from .moderation import hide, show
from .publishing import apublish, publish

__all__ = ["apublish", "hide", "publish", "show"]
