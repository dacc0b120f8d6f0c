"""The limit of people per network if no worker wants events.

Without events, a backend needs fewer ids. It still needs those of visitors with a network.
"""

from __future__ import annotations

import pytest

from landing.live.presence.contract import MAX_REMOVALS
from tests.live.presence.contract.networks import OFFICE, open_many, read_people
from tests.live.presence.simulation import (
    TIMING,
    Harness,
    SimulatedWorker,
    pass_time,
    read_counts,
)


class NetworksWithoutEventsContract:
    @pytest.fixture
    def quiet(self, harness: Harness) -> SimulatedWorker:
        """Return a worker without events, on a backend where two people of a network count."""
        harness.limit_networks(2)
        worker = SimulatedWorker("quiet", harness.presence)
        worker.wants_events = False
        return worker

    async def test_people_who_return_in_their_grace_period_have_one_place_without_events(
        self, quiet: SimulatedWorker, harness: Harness
    ) -> None:
        tabs = open_many(quiet, 3)
        await quiet.sync()
        for tab in tabs[:2]:
            quiet.close(tab)
        await quiet.sync()
        assert await read_people(harness) == (2, 2)
        open_many(quiet, 2)
        await quiet.sync()
        await pass_time(harness, 2 * TIMING.linger_ms, [quiet])
        assert await read_counts(harness) == (0, 2, 3)

    async def test_a_sign_in_gives_a_place_to_another_person_without_events(
        self, quiet: SimulatedWorker, harness: Harness
    ) -> None:
        tabs = open_many(quiet, 3)
        await quiet.sync()
        quiet.identify(tabs[0], "7")
        await quiet.sync()
        assert await read_counts(harness) == (1, 2, 3)
        quiet.identify(tabs[0], None)
        await quiet.sync()
        assert await read_counts(harness) == (0, 2, 3)

    @pytest.mark.parametrize("people", [4, MAX_REMOVALS + 1])
    async def test_people_who_are_gone_free_their_network_without_events(
        self, quiet: SimulatedWorker, harness: Harness, people: int
    ) -> None:
        """Few grace periods end together, and more than MAX_REMOVALS in several steps."""
        tabs = open_many(quiet, people)
        user = quiet.open("user", "7", network=OFFICE)
        await quiet.sync()
        for tab in (*tabs[1:], user):
            quiet.close(tab)
        await quiet.sync()
        assert await read_counts(harness) == (1, 2, 1)
        harness.advance(TIMING.linger_ms)
        while (answer := await quiet.sync_once()).lease.more:
            assert answer.snapshot is not None
            assert 1 <= answer.snapshot.anonymous <= 2
        assert await read_people(harness) == (1, 0)
        open_many(quiet, 1)
        quiet.open("user", network=OFFICE)
        await quiet.sync()
        assert await read_counts(harness) == (0, 2, 3)
