"""After random histories, an examination finds nothing."""

from __future__ import annotations

from hypothesis.stateful import precondition, rule

from tests.doctor.deployment import find_complaints
from tests.live.presence.redis_harness import RedisHarness
from tests.live.presence.test_histories import Histories, run_histories
from tests.services.redis import RedisServer

#: Complaints that a history may cause at any time, because workers stall and Redis loses data.
PASSING = {"lease", "reports", "epoch", "grace-period"}


def test_data_that_workers_wrote_has_no_complaint(redis_server: RedisServer) -> None:
    class ExaminedHistories(Histories):
        harness: RedisHarness

        def make_harness(self) -> RedisHarness:
            return RedisHarness(redis_server.url)

        def teardown(self) -> None:
            try:
                self.run(self.settle_and_compare())
                if self.workers:
                    assert self.run(find_complaints(self.harness)) == {}
            finally:
                super().teardown()
                self.harness.client.close()

        @precondition(lambda self: self.workers)
        @rule()
        def examine(self) -> None:
            found = self.run(find_complaints(self.harness))
            assert set(found) <= PASSING, found

    run_histories(ExaminedHistories, examples=20, steps=40)
