"""Random histories, compared with a model that knows only the reports and who is present."""

from __future__ import annotations

from collections import Counter

from hypothesis.stateful import invariant

from landing.live.presence.contract import Answer, Key, KeyType, Report
from landing.live.presence.memory.backend import MemoryPresence
from tests.live.presence.simulation import TIMING, Harness
from tests.live.presence.test_histories import Histories, run_histories
from tests.live.presence.test_memory import MemoryHarness


class PlaceModel:
    """The place that was reported last for each visitor and user that counts."""

    def __init__(self, presence: MemoryPresence) -> None:
        self.presence = presence
        self.place_of: dict[Key, str] = {}
        self.epoch = ""

    def forget_the_gone(self) -> None:
        state = self.presence.state
        if state.epoch != self.epoch:
            self.epoch, self.place_of = state.epoch, {}
        counts = state.counts
        self.place_of = {key: at for key, at in self.place_of.items() if counts.is_present(key)}

    def observe(self, report: Report, seq_before: int) -> None:
        """Apply a report after the backend answered it, if the backend applied it."""
        self.forget_the_gone()
        worker = self.presence.state.workers.get(report.worker)
        if worker is None or worker.seq != report.seq or seq_before == report.seq:
            return
        for change in report.changes:
            if change.present and change.key.kind is not KeyType.SIGNED:
                self.place_of[change.key] = change.place

    def people(self) -> Counter[str]:
        """Recount the people by place."""
        self.forget_the_gone()
        counts = self.presence.state.counts
        return Counter(at for key, at in self.place_of.items() if at and counts.is_counted(key))


class ObservedPresence(MemoryPresence):
    """The in-process backend; a model sees each report."""

    model: PlaceModel

    async def sync(self, report: Report) -> Answer:
        worker, epoch = self.state.workers.get(report.worker), self.state.epoch
        seq_before = worker.seq if worker else -1
        answer = await super().sync(report)
        self.model.observe(report, seq_before if epoch == self.state.epoch else -1)
        return answer


class ModeledHarness(MemoryHarness):
    """The in-process backend with its model. A backup has both."""

    def __init__(self) -> None:
        super().__init__()
        presence = ObservedPresence(TIMING, clock_ms=lambda: self.now_ms, max_places=100)
        self.model = presence.model = PlaceModel(presence)
        self.presence = presence

    async def save(self) -> object:
        return await super().save(), self.model.epoch, dict(self.model.place_of)

    async def restore(self, backup: object) -> None:
        assert isinstance(backup, tuple)
        state, self.model.epoch, place_of = backup
        self.model.place_of = dict(place_of)
        await super().restore(state)


class ModeledHistories(Histories):
    """Histories without limits, so that each reported place is taken."""

    harness: ModeledHarness

    def make_harness(self) -> Harness:
        return ModeledHarness()

    def configure(self, max_people: int, max_places: int, are_events_wanted: bool) -> None:
        super().configure(0, 100, are_events_wanted)

    @invariant()
    def each_person_is_at_the_place_reported_last(self) -> None:
        counts = self.harness.presence.state.counts
        found = Counter({place: -score for place, score in counts.places.people.items()})
        assert found == self.harness.model.people()


def test_each_person_is_at_the_place_reported_last_in_random_histories() -> None:
    run_histories(ModeledHistories, examples=60, steps=40)
