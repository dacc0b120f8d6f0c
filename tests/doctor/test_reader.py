"""The cost of reading Redis."""

from __future__ import annotations

from landing.doctor.reader import Reader
from landing.live.presence.contract import KeyType
from landing.live.presence.redis.trials import (
    find_missing_permissions,
    optional_commands,
    try_needed_commands,
)
from tests.doctor.deployment import Deployment
from tests.live.presence.redis_harness import PREFIX
from tests.live.presence.simulation import visitor_key


async def test_scripts_and_trials_are_part_of_the_cost(deployment: Deployment) -> None:
    reader = Reader(deployment.harness.presence, PREFIX)
    state = await reader.read_state()
    assert state == await deployment.harness.presence.read_state()
    assert (reader.cost.commands, reader.cost.entries) == (1, 0)
    assert reader.cost.seconds == reader.cost.slowest_seconds > 0

    (holding,) = await reader.verify(KeyType.VISITOR, [visitor_key("v0").id])
    assert holding.holders == 2
    assert (reader.cost.commands, reader.cost.entries) == (2, 1)

    await try_needed_commands(reader, PREFIX)
    assert reader.cost.commands == 4, "PING, and the script that tries all commands"
    assert await find_missing_permissions(reader, PREFIX) == []
    assert reader.cost.commands == 4 + len(optional_commands(PREFIX)) + 1
    assert reader.cost.seconds > reader.cost.slowest_seconds
