"""The Redis server: version, role, persistence, memory, eviction, and its clock."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..conf import spell
from ..live.presence.redis.trials import NO_EVICTION, eviction_policy
from .finding import Finding, ok, problem, warning

#: The reply to INFO, parsed by redis-py.
Info = Mapping[str, Any]

OLDEST_VERSION = (6, 2)
#: Shares of a limit at which it is near.
NEAR = 0.9
#: A smaller difference between two clocks changes no displayed time noticeably.
MAX_CLOCK_DIFFERENCE_MS = 1_000


def examine_server(info: Info) -> Iterator[Finding]:
    """Yield findings about the server."""
    yield _find_version(info)
    yield _find_role(info)
    yield _find_persistence(info)
    yield _find_eviction(info)
    yield _find_memory(info)
    yield _find_clients(info)


def is_replica(info: Info) -> bool:
    """Return whether the server refuses writes because it follows another one."""
    return info.get("role") == "slave"


def examine_clocks(redis_ms: int, sent_ms: int, received_ms: int) -> Finding:
    """Compare the clock of Redis with that of this machine before and after the question."""
    ahead_ms = (sent_ms + received_ms) // 2 - redis_ms
    uncertain_ms = (received_ms - sent_ms + 1) // 2
    if abs(ahead_ms) - uncertain_ms <= MAX_CLOCK_DIFFERENCE_MS:
        return ok(
            "clock",
            f"The clocks of Redis and this machine differ by {_seconds(ahead_ms)} s "
            f"(± {_seconds(uncertain_ms)} s).",
        )
    side = "ahead of" if ahead_ms > 0 else "behind"
    return warning(
        "clock",
        f"The clock of this machine is {_seconds(ahead_ms)} s {side} that of Redis; counts do not "
        "depend on it, but the age of stale counts does.",
        "Synchronize the clocks of both machines (NTP).",
    )


def _find_version(info: Info) -> Finding:
    name = "Valkey" if info.get("server_name") == "valkey" else "Redis"
    version = str(info.get("valkey_version") or info.get("redis_version") or "")
    text = f"{name} {version or 'of an unknown version'}"
    numbers = tuple(int(part) for part in re.findall(r"\d+", version)[:2])
    if version and numbers < OLDEST_VERSION:
        return problem("version", f"{text} is too old.", "Install Redis 6.2 or newer, or Valkey.")
    hours, minutes = divmod(int(info.get("uptime_in_seconds", 0)) // 60, 60)
    return ok("version", f"{text} has been up for {hours} h {minutes} min.")


def _find_role(info: Info) -> Finding:
    if not is_replica(info):
        return ok(
            "role", f"The server is a primary with {info.get('connected_slaves', 0)} replicas."
        )
    primary = f"{info.get('master_host')}:{info.get('master_port')}"
    link = info.get("master_link_status", "unknown")
    setting = spell("LANDING_REDIS_URL")
    return problem(
        "role",
        f"{setting} names a read-only replica of {primary} (link {link}).",
        f"Let {setting} name the primary, or promote this server (REPLICAOF NO ONE).",
    )


def _find_persistence(info: Info) -> Finding:
    if info.get("loading"):
        return problem("persistence", "Redis is loading its data.", "Wait until it has loaded it.")
    names = ("rdb_last_bgsave_status", "aof_last_bgrewrite_status", "aof_last_write_status")
    failed = [name for name in names if info.get(name, "ok") != "ok"]
    if not failed:
        return ok("persistence", "Redis reports no error of saving.")
    return warning(
        "persistence",
        f"Redis could not save its data ({', '.join(failed)}), and may refuse writes.",
        "Free disk space or correct the permissions of its folder, and run BGSAVE; or turn saving "
        'off (CONFIG SET save "").',
    )


def _find_eviction(info: Info) -> Finding:
    policy, evicted = eviction_policy(info), info.get("evicted_keys", 0)
    if policy == NO_EVICTION:
        return ok("eviction", f"Redis evicts no keys (maxmemory-policy {policy}).")
    return warning(
        "eviction",
        f"Redis may evict keys of presence (maxmemory-policy {policy}); it has evicted {evicted:,} "
        "keys of all programs since its start.",
        f"Set maxmemory-policy to {NO_EVICTION}.",
    )


def _find_memory(info: Info) -> Finding:
    used, limit = int(info.get("used_memory", 0)), int(info.get("maxmemory", 0))
    if not limit:
        return ok("memory", f"Redis uses {_megabytes(used)} MB, without a limit (maxmemory 0).")
    sentence = f"Redis uses {_megabytes(used)} MB of {_megabytes(limit)} MB (maxmemory)."
    if used < NEAR * limit:
        return ok("memory", sentence)
    return warning("memory", sentence, "Raise maxmemory, or remove data of other programs.")


def _find_clients(info: Info) -> Finding:
    clients, limit = int(info.get("connected_clients", 0)), int(info.get("maxclients", 0))
    sentence = f"{clients:,} clients are connected, of at most {limit or 'an unknown number'}."
    if not limit or clients < NEAR * limit:
        return ok("clients", sentence)
    return warning("clients", sentence, "Raise maxclients, or end unused connections.")


def _seconds(ms: int) -> str:
    return f"{abs(ms) / 1000:.3f}"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f}"
