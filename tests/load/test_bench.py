"""A run of the benchmarks: its order, its failures, and the installation of Socket.IO."""

from __future__ import annotations

import importlib
import resource
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.load.bench import __main__ as bench
from tests.load.bench import nodejs, report
from tests.load.bench.circumstances import circumstances
from tests.load.bench.report import Row
from tests.load.bench.rounds import interleaved
from tests.services import programs
from tests.services.site import ROOT


def test_variants_alternate_and_reverse_their_order() -> None:
    assert list(interleaved("ab", 3)) == ["a", "b", "b", "a", "a", "b"]


def test_a_failed_scenario_is_a_missed_bound(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(rounds: int) -> list[Row]:
        raise KeyError(f"nothing in {rounds} rounds")

    monkeypatch.setattr(importlib, "import_module", lambda _: SimpleNamespace(run=run))
    rows = bench.play("broken", 5)
    assert report.missed(rows)
    assert rows[0].failed == "KeyError: 'nothing in 5 rounds'"


def test_results_before_ctrl_c_are_kept(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def play(name: str, rounds: int) -> list[Row]:
        if name == "second":
            raise KeyboardInterrupt
        return [Row("some", name, "ms")]

    monkeypatch.setattr(bench, "play", play)
    rows: list[Row] = []
    assert bench._play_all(["first", "second", "third"], 5, rows) is True
    assert [kept.label for kept in rows] == ["first"]
    assert bench._play_all(["third"], 5, rows) is False
    assert "in all" in capsys.readouterr().err


def test_a_too_low_limit_of_files_is_refused_with_its_value(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["bench"])
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1024, 10_499))
    assert bench.main() == 2
    assert "10499" in capsys.readouterr().err


def test_without_a_registry_socketio_is_unavailable_with_a_reason(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shutil.copy(nodejs.DIRECTORY / "package.json", tmp_path)
    monkeypatch.setattr(nodejs, "DIRECTORY", tmp_path)
    for name in ("http_proxy", "https_proxy", "proxy", "npm_config_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.delenv("npm_config_https_proxy", raising=False)
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))
    with pytest.raises(nodejs.Unavailable, match=r"ECONNREFUSED|npm is missing"):
        nodejs.ensure_socketio()
    assert not list(tmp_path.glob("node_modules/.socket.io-*"))


FAILS = "echo $1 >> asked; echo 'npm error no such luck' >&2; exit 1"
SUCCEEDS = "echo $1 >> asked; mkdir -p node_modules"


@pytest.fixture
def npm(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Return the path of a fake npm, for an empty Socket.IO folder."""
    program = tmp_path / "npm"
    monkeypatch.setattr(nodejs, "DIRECTORY", tmp_path)
    monkeypatch.setattr(nodejs, "_npm", lambda: ["/bin/sh", str(program)])
    return program


def test_the_registry_is_contacted_once_per_run(npm: Path) -> None:
    npm.write_text(FAILS)
    for _ in range(2):
        with pytest.raises(nodejs.Unavailable, match="no such luck"):
            nodejs.ensure_socketio()
    assert (npm.parent / "asked").read_text() == "install\n"


def test_an_interrupted_installation_is_repeated(npm: Path) -> None:
    (npm.parent / "node_modules" / "socket.io").mkdir(parents=True)
    npm.write_text(SUCCEEDS)
    nodejs.ensure_socketio()
    nodejs._why_not.cache_clear()
    nodejs.ensure_socketio()
    assert (npm.parent / "asked").read_text() == "install\n"


def test_without_npm_socketio_is_unavailable(npm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nodejs, "_npm", lambda: [str(npm)])
    with pytest.raises(nodejs.Unavailable, match="npm install does not run"):
        nodejs.ensure_socketio()


@pytest.mark.parametrize(
    "error", [FileNotFoundError("node"), subprocess.CalledProcessError(127, "node")]
)
def test_without_node_socketio_and_its_version_are_unavailable(
    error: Exception, npm: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def node() -> Path:
        raise error

    monkeypatch.setattr(programs, "node", node)
    with pytest.raises(nodejs.Unavailable, match="node does not run"):
        nodejs.ensure_socketio()
    assert circumstances(5)["versions"]["node"] is None


def test_make_bench_passes_its_arguments() -> None:
    done = subprocess.run(
        ["make", "--dry-run", "bench", "ARGS=--list"], cwd=ROOT, capture_output=True, text=True
    )
    assert "-m tests.load.bench --list" in done.stdout


def test_the_list_describes_every_scenario(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["bench", "--list"])
    assert bench.main() == 0
    listed = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert list(listed) == bench.NAMES
    assert listed["join_storm"].startswith("Join storms")
