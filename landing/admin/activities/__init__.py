"""Activities in the admin: their list, publishing and hiding, and the tokens of publishers."""

from __future__ import annotations

from . import activity_admin, token_admin

__all__ = ["activity_admin", "token_admin"]
