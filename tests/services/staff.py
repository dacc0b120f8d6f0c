"""The account that the databases of browser tests hold."""

from __future__ import annotations

USERNAME = "ana"
PASSWORD = "only-for-tests"
