"""The Lua scripts of the Redis backend: read from their files, named by their digest.

Owns how the files become scripts; what they do is said in each of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

#: What the scripts share, in this order, each part using those before it.
PARTS = ("_clock", "_state", "_events", "_census", "_leases", "_epoch", "_snapshot")


@dataclass(frozen=True, slots=True)
class Script:
    """One script; ``sha`` is what EVALSHA calls it by."""

    source: str
    sha: str


@dataclass(frozen=True, slots=True)
class Scripts:
    """Every script of the backend."""

    sync: Script
    drain: Script
    snapshot: Script
    inspect: Script
    clear: Script
    check: Script


def load(replaced: Mapping[str, str] | None = None) -> Scripts:
    """The scripts; ``replaced`` holds parts to use instead of files, by name."""
    parts = {name: read(name) for name in PARTS} | dict(replaced or {})
    shared = "\n".join(parts[name] for name in PARTS)
    return Scripts(*(_script(f"{shared}\n{read(name)}") for name in Scripts.__dataclass_fields__))


def read(name: str) -> str:
    """The text of one Lua file."""
    return (files(__package__) / "lua" / f"{name}.lua").read_text(encoding="utf-8")


def _script(source: str) -> Script:
    # SHA-1 is the name that Redis gives to a script, not a safeguard.
    return Script(source, hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest())


SCRIPTS = load()
