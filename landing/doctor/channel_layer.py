"""The channel layer: its settings, a message through the group, and the workers that receive it."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Iterator

from channels.layers import InMemoryChannelLayer
from django.core import checks

from .. import conf
from ..live.presence.contract import PresenceError
from ..live.sync import channel_layer_check
from ..live.sync.channel_layer import ChannelLayer, open_layer
from ..live.sync.group import GROUP
from ..names import LABEL
from .finding import Finding, Status, ok, problem, warning

#: Messages sent to the group while the first one does not return.
ATTEMPTS = 3
REMEDY = (
    "Grant it, or correct CHANNEL_LAYERS; until then, heartbeats carry the changes. See "
    '"Permissions in Redis" in docs/redis.md.'
)


def examine_settings() -> Iterator[Finding]:
    """Yield the results of the app's own system checks."""
    found = checks.run_checks(tags=[LABEL], include_deployment_checks=True)
    # An information is about the choices of a project, not its health.
    messages = [
        message
        for message in found
        if message.level >= checks.WARNING and not message.is_silenced()
    ]
    for message in messages:
        status = Status.PROBLEM if message.is_serious() else Status.WARNING
        remedy = message.hint or "Correct the setting; see docs/configuration.md."
        yield Finding(message.id or "settings", status, message.msg, remedy)
    if not messages:
        yield ok("settings", "The system checks of the app pass.")


async def examine_channel_layer(workers: int) -> list[Finding]:
    """Return findings about the messages between ``workers`` workers of a shared presence."""
    if found := await channel_layer_check.find_problem():
        return [warning("channel-layer", f"{str(found).rstrip('.')}.", REMEDY)]
    layer = open_layer()
    if type(layer) is InMemoryChannelLayer:  # also if CHANNEL_LAYERS cannot be used
        return [
            problem(
                "channel-layer",
                "The channel layer is in the memory of each process, so no message reaches other "
                "workers.",
                "Let CHANNEL_LAYERS name a layer on Redis; until then, heartbeats carry the "
                "changes. See docs/configuration.md.",
            )
        ]
    findings = []
    try:
        members = await channel_layer_check.count_members()
    except PresenceError:
        members = None  # counting is a permission that nothing else needs
    if members is not None and members < workers:
        findings.append(
            warning(
                "members",
                f"Workers with a lease: {workers}; processes that receive messages: {members}.",
                "Run the command again. If it stays, give all servers the same CHANNEL_LAYERS, and "
                "read their logs for the channel layer.",
            )
        )
    findings.append(await _examine_round_trip(layer))
    return findings


async def _examine_round_trip(layer: ChannelLayer) -> Finding:
    """Send a message to the group and receive it. Workers ignore it."""
    timeout_seconds = conf.read().LANDING_REDIS_TIMEOUT_SECONDS
    began_at = time.perf_counter()
    try:
        is_received = await _send_and_receive(layer, timeout_seconds / ATTEMPTS)
    except Exception as error:  # noqa: BLE001  layers raise what their transport raises
        return problem("channel-layer", f"The channel layer fails: {error!r}.", REMEDY)
    if not is_received:
        return problem(
            "channel-layer",
            f"A message to the group of the workers did not return within {timeout_seconds:g} s.",
            REMEDY,
        )
    ms = (time.perf_counter() - began_at) * 1000
    return ok("channel-layer", f"A message to the group of workers returned within {ms:.0f} ms.")


async def _send_and_receive(layer: ChannelLayer, timeout_seconds: float) -> bool:
    channel, trial = await layer.new_channel(), secrets.token_hex(8)
    await layer.group_add(GROUP, channel)
    try:
        for _ in range(ATTEMPTS):
            # A layer may subscribe after group_add() has returned, so one message may be lost.
            await layer.group_send(GROUP, {"type": "trial", "trial": trial})
            try:
                async with asyncio.timeout(timeout_seconds):
                    while (await layer.receive(channel)).get("trial") != trial:
                        pass
                return True
            except TimeoutError:
                continue
        return False
    finally:
        await layer.group_discard(GROUP, channel)
