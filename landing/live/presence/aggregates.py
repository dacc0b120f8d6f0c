"""The figures of a snapshot that come from analytics rows."""

from __future__ import annotations

from typing import NamedTuple


class Aggregates(NamedTuple):
    """Figures computed from analytics rows at ``as_of_ms`` (Unix time) by one worker.

    A backend only stores and compares them.
    """

    #: distinct visitors of the window
    active: int
    #: ISO date, in the site's time zone, of the figures that follow
    day: str
    visitors: int
    page_views: int
    #: None before the first sample of the day
    peak_people: int | None
    as_of_ms: int

    @property
    def figures(self) -> tuple[int | str | None, ...]:
        """Return the values without their age: a change in them makes a new version."""
        return self[:-1]

    def active_including(self, people: int) -> int:
        """Return the active visitors, at least ``people``: some may have no row, or not yet."""
        return max(self.active, people)

    def including(self, people: int) -> Aggregates:
        """Return these aggregates with at least ``people`` active and at a known peak."""
        counted = self if self.peak_people is None else self.raise_peak(people)
        return counted._replace(active=self.active_including(people))

    def raise_peak(self, people: int) -> Aggregates:
        """Return these aggregates with a peak of at least ``people``, the live count."""
        return self._replace(peak_people=max(self.peak_people or 0, people))
