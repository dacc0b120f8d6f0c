"""The data of presence in Redis as an examination reads it: everything except the ids.

The comment at the top of ``lua/_state.lua`` describes the keys, and ``lua/examine.lua`` the reply.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..contract import KeyType

#: Ids that one call of ``lua/verify.lua`` may recount.
MAX_VERIFIED = 100

#: The highest integer that a score represents exactly.
MAX_MILLISECONDS = 2**53

#: The types of the keys that may exist once in a deployment. They have no time to live.
TYPES = {
    "meta": "hash",
    "leases": "zset",
    "seq": "hash",
    "connections": "hash",
    "resyncing": "zset",
    "tombstones": "zset",
    "dead": "list",
    "shares": "hash",
    "network_of": "hash",
    "networks": "zset",
    "place_of:v": "hash",
    "place_of:u": "hash",
    "places": "zset",
    **{f"steps:{number}": "hash" for number in range(6)},
    "arrivals": "hash",
    "leaving": "zset",
    **{f"held:{kind}": "hash" for kind in KeyType},
    **{f"lingering:{kind}": "zset" for kind in KeyType},
}
SHARE_TYPE = "set"


@dataclass(frozen=True, slots=True)
class WorkerState:
    """The data of one worker; a number is None if its key lacks it.

    ``visitors``, ``signed``, and ``users`` are the sizes of its shares. A share of a wrong type
    has -1.
    """

    name: str
    seq: int | None
    connections: int | None
    visitors: int
    signed: int
    users: int
    damage: str
    lease_until_ms: int | None
    resyncing_until_ms: int | None
    is_dead: bool


class Counts(NamedTuple):
    """The people as the next step would count them."""

    signed_in: int
    anonymous: int
    suspects: int


class Holding(NamedTuple):
    """One id: the workers whose share has it, and the number that ``held`` states."""

    holders: int
    held: int
    lingers: int  #: 1 in its grace period
    has_visitor: int  #: 1 if a visitor with this id counts


@dataclass(frozen=True, slots=True)
class State:
    """All data except the ids, from one step.

    ``fields`` are those of the key ``meta``, and ``sizes`` the entries of each key in
    :data:`TYPES`; a key of a wrong type has -1. ``damage`` describes the first key that lost data.
    ``overdue`` are the keys whose grace period ended a heartbeat before the last sync. ``counts``
    is None if the limit per network is unknown or different. ``placed`` are the people at all
    places; None if there are too many places.
    """

    now_ms: int
    fields: Mapping[str, int | str]
    sizes: Mapping[str, int]
    damage: str
    has_earlier_release: bool
    workers: tuple[WorkerState, ...]
    overdue: int
    counts: Counts | None
    placed: int | None

    def number(self, name: str, default: int = 0) -> int:
        """Return a field of ``meta`` that is a number."""
        value = self.fields.get(name, default)
        return value if isinstance(value, int) else default

    @property
    def epoch(self) -> str:
        return str(self.fields.get("epoch", ""))

    @property
    def has_wrong_type(self) -> bool:
        sizes = [*self.sizes.values()]
        for worker in self.workers:
            sizes += [worker.visitors, worker.signed, worker.users]
        return min(sizes, default=0) < 0

    @property
    def is_settling(self) -> bool:
        return self.now_ms < self.number("settling_until")


def parse(reply: Sequence[Any]) -> State:
    """Return the state in a reply of ``lua/examine.lua``."""
    now_ms, fields, sizes, damage, stale, leases, resyncing, dead, workers = reply[:9]
    overdue, counts, placed = reply[9:]
    lease_ends, resync_ends = (
        {name: _milliseconds(end) for name, end in _pairs(flat).items()}
        for flat in (leases, resyncing)
    )
    found = (
        WorkerState(
            name=_text(name),
            seq=_number(seq),
            connections=_number(connections),
            visitors=visitors,
            signed=signed,
            users=users,
            damage=_text(damaged or b""),
            lease_until_ms=lease_ends.get(name),
            resyncing_until_ms=resync_ends.get(name),
            is_dead=name in dead,
        )
        for name, seq, connections, visitors, signed, users, damaged in workers
    )
    return State(
        now_ms=now_ms,
        fields={
            _text(name): _text(value) if isinstance(value, bytes) else value
            for name, value in _pairs(fields).items()
        },
        sizes={_text(key).partition("}:")[2]: size for key, size in _pairs(sizes).items()},
        damage=_text(damage or b""),
        has_earlier_release=bool(stale),
        workers=tuple(sorted(found, key=lambda worker: worker.name)),
        overdue=sum(overdue),
        counts=Counts(*counts) if counts else None,
        placed=placed,
    )


def _pairs(flat: Sequence[Any]) -> dict[bytes, Any]:
    return dict(zip(flat[::2], flat[1::2], strict=True))


def _text(value: bytes) -> str:
    # Somebody may have written other bytes.
    return value.decode(errors="replace")


def _milliseconds(score: bytes) -> int:
    # A score may be infinite.
    return int(max(-MAX_MILLISECONDS, min(float(score), MAX_MILLISECONDS)))


def _number(value: bytes | None) -> int | None:
    return int(value) if value is not None and value.isdigit() else None
