"""The middleware for ``MIDDLEWARE`` in the settings of a project."""

from __future__ import annotations

from .analytics.middleware import VisitorMiddleware

__all__ = ["VisitorMiddleware"]
