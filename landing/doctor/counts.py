"""The counts: whether all keys agree with each other, as of one step."""

from __future__ import annotations

from collections.abc import Iterator

from ..live.presence.contract import Timing
from ..live.presence.redis.state import State
from .finding import Finding, ok, problem, warning

REPAIR = (
    "Wait for a heartbeat: the next report repairs it. If it returns, find the program that "
    "deletes or writes keys of presence, or the eviction."
)
CLEAR = "Run manage.py presence_clear; live workers report again."


def examine_counts(state: State, timing: Timing) -> Iterator[Finding]:
    """Yield findings about lost data, the epoch, the version, and the counts."""
    yield from _find_damage(state)
    yield _find_epoch(state, timing)
    yield _find_version(state)
    yield _find_connections(state)
    if not state.has_wrong_type:
        yield _find_snapshot(state)
        yield _find_places(state)
    yield _find_overdue(state, timing)


def compare_versions(before: State, after: State) -> Finding:
    """Compare the versions at the beginning and the end of an examination."""
    first, last = before.number("version"), after.number("version")
    if before.epoch != after.epoch:
        return warning(
            "versions",
            "A new epoch began during this examination, because data was lost or cleared.",
            "Run the command again.",
        )
    if last < first:
        return problem("versions", f"The version went back from {first} to {last}.", CLEAR)
    return ok("versions", f"Versions rise: {first} before this examination, {last} after it.")


def _find_damage(state: State) -> Iterator[Finding]:
    damages = [state.damage, *(worker.damage for worker in state.workers)]
    found = [damage for damage in damages if damage]
    for damage in found:
        yield problem("lost-data", f"Presence has lost data: {damage}.", REPAIR)
    if not found:
        yield ok("lost-data", "Every key has the size that the last report left.")


def _find_epoch(state: State, timing: Timing) -> Finding:
    if not state.epoch:
        return ok("epoch", "No epoch has begun.")
    if state.is_settling:
        left_ms = state.number("settling_until") - state.now_ms
        return warning(
            "epoch",
            f"Epoch {state.epoch} settles for {left_ms / 1000:.1f} s more; counts are stale.",
            "Wait until it has settled.",
        )
    # It settles for one heartbeat.
    settled_at = state.number("settling_until")
    began = "at an unknown time"
    if settled_at:
        age_s = (state.now_ms - settled_at + timing.heartbeat_ms) // 1000
        began = f"about {age_s // 3600} h {age_s // 60 % 60} min {age_s % 60} s ago"
    return ok("epoch", f"Epoch {state.epoch} began {began}; then all workers reported again.")


def _find_version(state: State) -> Finding:
    version = state.number("version")
    highest = max(state.number("shown_version"), state.number("published_version"))
    if version < highest:
        return problem(
            "version", f"The version {version} is below {highest}, which was shown.", CLEAR
        )
    return ok("version", f"The version is {version}; no higher one was shown.")


def _find_connections(state: State) -> Finding:
    total = sum(worker.connections or 0 for worker in state.workers)
    stored = state.number("connections")
    if total != stored:
        return problem(
            "connections",
            f"The counter of connections is {stored:,}, but the workers report {total:,}.",
            CLEAR,
        )
    return ok("connections", f"The workers report {total:,} connections, as the counter does.")


def _find_snapshot(state: State) -> Finding:
    """Compare the snapshot with the sizes of the sets."""
    counts = state.counts
    is_partial = state.is_settling or state.sizes["resyncing"] or state.has_earlier_release
    if counts is None or is_partial or state.damage or not state.number("shown_version"):
        return ok("snapshot", "No complete snapshot exists now to compare with the sets.")
    shown = tuple(state.number(f"shown_{each}") for each in ("signed_in", "anonymous", "suspects"))
    if shown == tuple(counts):
        return ok(
            "snapshot",
            f"{sum(shown[:2]):,} people: {shown[0]:,} signed in, {shown[1]:,} anonymous, "
            f"{shown[2]:,} suspects, as the sizes of the sets give.",
        )
    return problem(
        "snapshot",
        f"The snapshot has {shown[0]:,} signed in, {shown[1]:,} anonymous, and {shown[2]:,} "
        f"suspects, but the sets give {counts.signed_in:,}, {counts.anonymous:,}, and "
        f"{counts.suspects:,}.",
        CLEAR,
    )


def _find_places(state: State) -> Finding:
    """Compare the counter of people at places with the sum of the places."""
    counter, people = state.number("placed"), state.number("shown_signed_in")
    people += state.number("shown_anonymous")
    if state.placed is None or state.has_earlier_release or state.damage:
        return ok("places", "The people at all places cannot be compared with their counter now.")
    if counter != state.placed:
        return problem(
            "places",
            f"The counter of people at places is {counter:,}, but the places have "
            f"{state.placed:,}.",
            CLEAR,
        )
    return ok("places", f"{state.sizes['places']:,} places have {counter:,} of {people:,} people.")


def _find_overdue(state: State, timing: Timing) -> Finding:
    is_held = state.number("last_sync_at") < state.number("lingering_held_until")
    keys = sum(state.sizes[f"lingering:{kind}"] for kind in "vsu")
    if not state.overdue or is_held:
        return ok("grace-period", f"Keys in their grace period: {keys:,}; none is overdue.")
    return warning(
        "grace-period",
        f"Keys that still count a heartbeat after their grace period: {state.overdue:,}.",
        "Run the command again: each report removes up to 500 people. If the number does not "
        "fall, run manage.py presence_clear.",
    )
