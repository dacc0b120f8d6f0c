"""The admin: analytics, samples, activities, tokens, and the dashboard.

Django's autodiscovery imports this package; the imports register the model admins.
"""

from __future__ import annotations

from . import activity, analytics

__all__ = ["activity", "analytics"]
