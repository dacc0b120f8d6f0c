"""System checks: of each setting, and of the deployment around them."""

from __future__ import annotations

from . import app_settings, deployment

__all__ = ["app_settings", "deployment"]
