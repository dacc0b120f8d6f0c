"""The presence contract as tests, by subject. Every backend runs all of them.

A subclass provides the fixture ``harness``. The rules are those of ``docs/architecture.md``,
"The presence contract".
"""

from __future__ import annotations

import pytest

from tests.live.presence.contract.aggregates import AggregatesContract
from tests.live.presence.contract.dead_workers import DeadWorkersContract
from tests.live.presence.contract.drains import DrainContract
from tests.live.presence.contract.epochs import EpochContract
from tests.live.presence.contract.events import EventsContract
from tests.live.presence.contract.identities import IdentityContract
from tests.live.presence.contract.networks import NetworksContract
from tests.live.presence.contract.networks_without_events import NetworksWithoutEventsContract
from tests.live.presence.contract.operators import OperatorContract
from tests.live.presence.contract.people import PeopleContract
from tests.live.presence.contract.place_limits import PlaceLimitsContract
from tests.live.presence.contract.places import PlacesContract
from tests.live.presence.contract.publishing import PublishContract
from tests.live.presence.contract.resync import ResyncContract
from tests.live.presence.contract.retries import RetryContract
from tests.live.presence.contract.stays import StaysContract
from tests.live.presence.contract.steps import StepsContract
from tests.live.presence.simulation import Harness, SimulatedWorker


class PresenceContract(
    PeopleContract,
    IdentityContract,
    NetworksContract,
    NetworksWithoutEventsContract,
    AggregatesContract,
    RetryContract,
    ResyncContract,
    DeadWorkersContract,
    EpochContract,
    DrainContract,
    PublishContract,
    EventsContract,
    StaysContract,
    PlacesContract,
    PlaceLimitsContract,
    StepsContract,
    OperatorContract,
):
    """All tests of the contract, for one backend."""

    pytestmark = pytest.mark.asyncio

    @pytest.fixture
    def worker(self, harness: Harness) -> SimulatedWorker:
        return SimulatedWorker("worker-1", harness.presence)

    @pytest.fixture
    def other(self, harness: Harness) -> SimulatedWorker:
        return SimulatedWorker("worker-2", harness.presence)
