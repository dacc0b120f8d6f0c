"""The fuzzer on a real process in short, and the input that it makes."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable

import pytest

from tests.load.attack.report import Outcome
from tests.load.fuzz import __main__ as fuzz
from tests.load.fuzz import frames, requests, stage
from tests.load.truth.report import Bound
from tests.services import frames as wire
from tests.services.site import QUICK

#: With this seed, no request meets the known faults of Daphne.
SEED = 7
SHORT = {"frames": 1_000, "requests": 300}
#: So short a run has no time to warm up.
UNBOUNDED = "memory growth"


@pytest.mark.parametrize(("kind", "count"), SHORT.items())
def test_random_input_in_short_leaves_the_count_exact_and_the_log_clean(
    kind: str, count: int, production: dict[str, str]
) -> None:
    given = {**production, **QUICK}
    outcome, log = stage.play(kind, stage.Plan(given, SEED, count, warm_up=10, honest=3))
    assert outcome.figures["sender"]["sent"] >= count
    assert [bound.complaint for bound in outcome.missed if bound.what != UNBOUNDED] == [], log


@pytest.mark.parametrize(
    "make",
    [lambda rng: frames.pieces(rng, frames.session(rng)), lambda rng: requests.request(rng, 80)],
)
def test_the_same_seed_makes_the_same_input(make: Callable[[random.Random], object]) -> None:
    made = [[make(random.Random(f"{seed}-{n}")) for n in range(50)] for seed in (1, 1, 2)]
    assert made[0] == made[1] != made[2]


def test_pieces_are_the_same_bytes_cut_elsewhere() -> None:
    rng = random.Random(SEED)
    for _ in range(50):
        session = frames.session(rng)
        assert b"".join(frames.pieces(rng, session)) == b"".join(session)


def test_a_frame_without_mutation_is_the_same_as_that_of_the_other_clients() -> None:
    for payload in (b"", b"x" * 125, b"x" * 126, b"x" * 65_535):
        assert frames.dump(wire.TEXT, payload) == wire.dump(wire.TEXT, payload)
    assert frames.dump(wire.TEXT, b"abcde", mask=b"\1\2\3\4")[-5:] == b"````d"


@pytest.mark.parametrize(("measured", "status"), [(0, 0), (1, 1)])
def test_the_exit_status_is_1_and_the_log_is_printed_if_a_bound_was_missed(
    measured: int, status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def play(kind: str, plan: stage.Plan) -> tuple[Outcome, str]:
        return Outcome(kind, [Bound("crashes", measured, 0)], {"sender": {}}), "the log"

    monkeypatch.setattr(fuzz.deployment, "prepare", lambda directory, tunables: {})
    monkeypatch.setattr(fuzz.connections, "close_all", lambda: None)
    monkeypatch.setattr(stage, "play", play)
    monkeypatch.setattr(sys, "argv", ["fuzz", "--seed", "7", "--requests", "0", "--examples", "0"])
    assert fuzz.main() == status
    printed = capsys.readouterr()
    assert printed.out.startswith("seed 7") and "crashes" in printed.out
    assert ("the log" in printed.err) is bool(status)
