"""The admin: lists of the tables, tokens, notes, shared links, the page, and the dashboard.

Django's autodiscovery imports this package; the imports register the model admins.
"""

from __future__ import annotations

from . import activities, analytics_admin, note_admin
from .page import page_admin
from .shared_links import link_admin

__all__ = ["activities", "analytics_admin", "link_admin", "note_admin", "page_admin"]
