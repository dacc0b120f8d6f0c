"""The fingerprints of visitors."""

from __future__ import annotations

from random import Random

import pytest

from landing.admin.dashboard.filtered import matching
from landing.admin.dashboard.filtered.matching import Fingerprints, fingerprint
from tests.analytics.rows import visitor


def test_visitors_that_are_not_known_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching, "SORTED_AT_ONCE", 7)
    ids = [Random(number).randbytes(16) for number in range(100)]
    known = Fingerprints(b"".join(each[matching.FINGERPRINT_START :] for each in ids[:60]))

    assert len(known) == 60
    assert known.count_missing(map(fingerprint, ids)) == 40


def test_without_fingerprints_all_visitors_are_missing() -> None:
    assert len(Fingerprints()) == 0
    assert Fingerprints().count_missing([fingerprint(visitor(1))]) == 1
