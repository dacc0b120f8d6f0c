"""The Lua scripts of the Redis backend, assembled from the files in ``lua/``."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

#: The parts that scripts begin with. Each part uses only the ones before it.
PARTS = (
    "_clock",
    "_state",
    "_sizes",
    "_networks",
    "_steps",
    "_places",
    "_events",
    "_stays",
    "_counts",
    "_leases",
    "_epoch",
    "_snapshot",
)

#: Scripts without these parts: a part may need a permission that is missing.
ALONE = ("check",)


@dataclass(frozen=True, slots=True)
class Script:
    """One script; ``sha`` is its name for EVALSHA."""

    source: str
    sha: str


@dataclass(frozen=True, slots=True)
class Scripts:
    """All scripts of the backend."""

    sync: Script
    drain: Script
    snapshot: Script
    places: Script
    inspect: Script
    examine: Script
    verify: Script
    clear: Script
    check: Script


def load(replaced: Mapping[str, str] | None = None) -> Scripts:
    """Return the scripts; ``replaced`` has the text of parts to use instead of their files."""
    parts = {name: read(name) for name in PARTS} | dict(replaced or {})
    shared = "\n".join(parts[name] for name in PARTS)
    return Scripts(
        **{
            name: _build_script(read(name) if name in ALONE else f"{shared}\n{read(name)}")
            for name in Scripts.__dataclass_fields__
        }
    )


def read(name: str) -> str:
    """Return the text of one Lua file."""
    return (files(__package__) / "lua" / f"{name}.lua").read_text(encoding="utf-8")


def _build_script(source: str) -> Script:
    # Redis identifies scripts by SHA-1; it is not a security measure.
    return Script(source, hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest())


SCRIPTS = load()
