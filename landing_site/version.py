"""The version of the project. Its one source is ``pyproject.toml``."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

_PROJECT = Path(__file__).resolve().parent.parent / "pyproject.toml"


@cache
def read() -> str:
    """Return the version, or "unknown" in an installation without ``pyproject.toml``."""
    try:
        version: str = tomllib.loads(_PROJECT.read_text(encoding="utf-8"))["project"]["version"]
    except (OSError, KeyError, tomllib.TOMLDecodeError):
        return "unknown"
    return version
