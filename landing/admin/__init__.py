"""The admin: lists of the tables, tokens, notes, shared links, the page, and the dashboard.

Django's autodiscovery imports this package; the imports register the model admins.
"""

from __future__ import annotations

from . import activities, analytics, notes
from .page import page_admin
from .shared import model_admin as shared_links

__all__ = ["activities", "analytics", "notes", "page_admin", "shared_links"]
