"""The keys under the prefix: their types, times to live, and keys that nothing uses."""

from __future__ import annotations

from collections.abc import Iterator

from ..live.presence.redis.state import SHARE_TYPE, TYPES, State
from .counts import REPAIR
from .finding import Finding, ok, problem, warning
from .reader import Reader

#: Beginnings of keys that need no check: those of trials, which exist for a moment, and the limits
#: of visitors per network, of which there may be very many.
UNCHECKED = ("try:", "visitors:")
#: The beginning of the keys of salts, which end by themselves.
SALTS = "salt:"
#: The reply to PTTL for a key that has no time to live.
NO_TTL = -1


class KeySpace:
    """The keys of one deployment. Scanning passes all keys of the database in small steps."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def examine(self, state: State, max_keys: int) -> list[Finding]:
        """Return findings about all keys; only about the known ones beyond ``max_keys``."""
        types = _expected_types(state)
        findings = [each for name in types for each in await self._examine_key(name, types[name])]
        total = await self._reader.execute("DBSIZE")
        if total > max_keys:
            findings.append(
                ok(
                    "keys",
                    f"The database has {total:,} keys of all programs, too many to search for "
                    "unknown ones (--max-entries).",
                )
            )
            return findings
        findings += await self._find_unknown_keys()
        return findings or [
            ok("keys", "All keys have their type and time to live; none is unknown.")
        ]

    async def _examine_key(self, name: str, expected: str) -> list[Finding]:
        key = self._reader.prefix + name
        found = (await self._reader.execute("TYPE", key)).decode()
        if found == "none":
            return []
        if found != expected:
            return [problem("type", f"The key {key} is a {found} instead of a {expected}.", REPAIR)]
        ttl_ms = await self._reader.execute("PTTL", key)
        if ttl_ms < 0:
            return []
        return [
            problem(
                "ttl",
                f"The key {key} will disappear in {ttl_ms / 1000:.0f} s.",
                f"Run PERSIST {key} in redis-cli, and find the program that set its time to live.",
            )
        ]

    async def _find_unknown_keys(self) -> list[Finding]:
        names = {name async for name in self._reader.scan_keys()}
        # Workers may have come during the scan.
        known = _expected_types(await self._reader.read_state())
        findings: list[Finding] = []
        for name in sorted(names - known.keys()):
            if name.startswith(UNCHECKED):
                continue
            key = self._reader.prefix + name
            if await self._reader.execute("EXISTS", key):
                findings += await self._describe_unknown_key(name, key)
        return findings

    async def _describe_unknown_key(self, name: str, key: str) -> list[Finding]:
        if name.startswith(SALTS):
            # A salt may have expired by now. Its time to live is -2 then.
            if await self._reader.execute("PTTL", key) != NO_TTL:
                return []
            return [
                warning(
                    "ttl",
                    f"The key {key} has no time to live, so a secret of a past day may stay.",
                    f"Run DEL {key} in redis-cli.",
                )
            ]
        remedy = f"Run DEL {key} in redis-cli, unless another program needs it."
        if name.startswith("share:"):
            return [warning("no-worker", f"The key {key} belongs to no worker.", remedy)]
        return [warning("unknown-key", f"The key {key} is unknown to this release.", remedy)]


def _expected_types(state: State) -> dict[str, str]:
    """Return the type of every key that the workers of this state may have."""
    return TYPES | dict.fromkeys(_shares(state), SHARE_TYPE)


def _shares(state: State) -> Iterator[str]:
    for worker in state.workers:
        for kind in "vsu":
            yield f"share:{worker.name}:{kind}"
