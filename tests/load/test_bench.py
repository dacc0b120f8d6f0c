"""The benchmarks: the load client counts correctly, and the table shows the results."""

from __future__ import annotations

import importlib
import json
import os
import re
import resource
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from django.conf import settings
from rich.console import Console

from tests.load.bench import __main__ as bench
from tests.load.bench import nodejs, report, servers
from tests.load.bench.circumstances import circumstances
from tests.load.bench.crowd import Crowd
from tests.load.bench.payload import FRAME_BYTES, count_text
from tests.load.bench.peer import Peer, Phase
from tests.load.bench.report import Row
from tests.load.bench.rounds import interleaved
from tests.load.bench.servers import Server
from tests.services import frames, programs
from tests.services.ports import HOST
from tests.services.redis import RedisServer
from tests.services.site import ROOT

# -- frames ------------------------------------------------------------------------------

SHORT, LONG = b"\x81\x02hi", b"\x81\x7e\x00\xc8" + 200 * b"x"
VERY_LONG = b"\x81\x7f" + (70_000).to_bytes(8, "big") + 70_000 * b"y"


@pytest.mark.parametrize("cut", [0, 1, 3, 4, 5, 7, 8, 207, 208, 209, 217, 218])
def test_a_frame_is_parsed_only_when_it_is_complete(cut: int) -> None:
    stream = SHORT + LONG + VERY_LONG
    first = list(frames.parse(stream[:cut]))
    at = first[-1][2] if first else 0
    second = list(frames.parse(stream[at:]))
    assert at <= cut
    sizes = [end - begin for _, begin, end in first + second]
    assert sizes == [2, 200, 70_000]


def test_the_fast_path_accepts_only_one_complete_text_frame() -> None:
    text = b"\x81\x04text"
    assert frames.is_one_text(text) and frames.is_one_text(LONG)
    for other in (text + text, LONG + text, text[:-1], LONG[:-1], LONG + b"x", b"\x89\x04ping"):
        assert not frames.is_one_text(other)


@pytest.mark.parametrize("frame", [b"\x81\x82\x00\x00\x00\x00hi", b"\x01\x02hi"])
def test_an_invalid_server_frame_is_an_error(frame: bytes) -> None:
    with pytest.raises(ValueError, match="masked or a fragment"):
        list(frames.parse(frame))


@pytest.mark.parametrize("size", [0, 125, 126, 8_000])
def test_a_client_frame_has_a_mask_of_zeros(size: int) -> None:
    frame = frames.dump(frames.TEXT, size * b"z")
    assert frame[0] == 0x81 and frame[1] & 0x80
    assert frame.endswith(b"\0\0\0\0" + size * b"z")


# -- the crowd, with real servers --------------------------------------------------------


def gather(server: Server, count: int = 20) -> Crowd:
    crowd = Crowd(server)
    crowd.connect(count)
    return crowd


def receives_each_broadcast_once(crowd: Crowd) -> bool:
    crowd.run(0.3)
    before = crowd.frames
    text = count_text(crowd.server)
    for _ in range(5):
        crowd.broadcast(text)
    crowd.run_until(lambda: crowd.frames >= before + 5 * crowd.open, timeout_seconds=5)
    crowd.run(0.1)
    everybody_has_it = all(crowd.newest(n) == text.encode() for n in range(crowd.open))
    return everybody_has_it and crowd.frames == before + 5 * crowd.open


def test_each_socket_is_a_visitor_of_the_site_and_receives_the_final_count(
    production: dict[str, str],
) -> None:
    with servers.ours(**{**production, "SECRET_KEY": settings.SECRET_KEY}) as server:
        crowd = Crowd(server, greeted=True)
        crowd.watch_for(20)
        crowd.connect(20, in_flight=5)
        assert all(crowd.frames_of(index) > 0 for index in range(20))
        crowd.run_until(lambda: crowd.showing == 20, timeout_seconds=5)
        crowd.run(0.3)
        shown = [json.loads(crowd.newest(index)) for index in range(20)]
        assert {frame["people"] for frame in shown if frame["type"] == "connection-count"} == {20}
        assert 20 < crowd.count_frames < 20 * 20 / 2
        assert receives_each_broadcast_once(crowd)
        assert len(count_text(server)) + 4 == FRAME_BYTES

        crowd.close(15)
        crowd.watch_for(5)
        crowd.run_until(lambda: crowd.showing == crowd.open == 5, timeout_seconds=5)
        assert crowd.lost == []
        crowd.vanish()


@pytest.mark.parametrize("kind", ["in memory", "on Redis"])
def test_the_tutorial_consumer_sends_each_change_to_all(
    kind: str, redis_server: RedisServer
) -> None:
    url = redis_server.url if kind == "on Redis" else None
    with servers.tutorial(url) as server:
        crowd = Crowd(server)
        crowd.watch_for(20)
        crowd.connect(20)
        crowd.run_until(lambda: crowd.showing == 20, timeout_seconds=5)
        assert crowd.count_frames >= 20 * 20 / 2
        assert receives_each_broadcast_once(crowd)
        crowd.vanish()


def test_a_broadcast_is_timed_until_the_last_socket_and_arrives_once() -> None:
    with servers.plain() as server:
        crowd = gather(server)
        for reach_all in (crowd.reach_all, crowd.reach_all_reading):
            before, text = crowd.frames, count_text(server)
            reach = reach_all(text)
            assert reach.seconds > 0 and reach.client_busy >= 0
            assert crowd.frames == before + 20
            assert {crowd.newest(index) for index in range(20)} == {text.encode()}
        crowd.vanish()


@pytest.mark.parametrize("disturbed", [2, 3])
def test_a_broadcast_with_another_frame_is_timed_again(
    disturbed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with servers.plain() as server:
        crowd = gather(server)
        ordered: list[str] = []
        order = crowd.broadcast

        def broadcast(text: str) -> None:
            ordered.append(text)
            if len(ordered) <= disturbed:
                before = crowd.frames
                order(text)
                crowd.run_until(lambda: crowd.frames == before + 20)
            order(text)

        monkeypatch.setattr(crowd, "broadcast", broadcast)
        if disturbed < 3:
            assert crowd.reach_all("one").seconds > 0
        else:
            with pytest.raises(RuntimeError, match="sent more than a broadcast"):
                crowd.reach_all("one")
        assert len(ordered) == 3
        assert crowd.frames == (3 + disturbed) * 20
        crowd.vanish()


def test_reading_ends_in_time_while_frames_keep_arriving() -> None:
    with servers.plain() as server:
        crowd = gather(server, 3)
        crowd.broadcast("first")
        crowd.run_until(lambda: crowd.frames == 3)
        reads: list[int] = []

        def read(fd: int, size: int) -> bytes:
            reads.append(fd)
            return b"\x81\x04more"

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("tests.load.bench.crowd.os.read", read)
            crowd.broadcast("never read, so it stays readable")
            while not reads:
                crowd.run(0)
            crowd.run(0.05)
        assert crowd.frames == 3 + len(reads)
        crowd.vanish()


def test_plain_sends_reach_all_reading_sockets() -> None:
    with servers.plain() as server:
        crowd = gather(server)
        assert receives_each_broadcast_once(crowd)
        crowd.stop_reading(1)
        before = crowd.frames
        crowd.broadcast(count_text(server))
        crowd.run(0.3)
        assert crowd.frames == before + 19
        crowd.vanish()


def test_the_noop_consumer_sends_nothing_and_has_its_own_core() -> None:
    with servers.noop() as server:
        assert server.process.cpu_affinity() == [servers.SERVER_CORE]
        crowd = gather(server)
        crowd.run(0.3)
        assert (crowd.open, crowd.frames) == (20, 0)
        assert server.rss_bytes() > 0 and server.cpu_seconds() > 0
        crowd.vanish()


def test_a_socket_closed_by_the_server_is_lost() -> None:
    with servers.noop() as server:
        crowd = gather(server)
        server.process.terminate()
        crowd.run_until(lambda: crowd.open == 0, timeout_seconds=10)
        assert crowd.lost == 20 * [None]
        crowd.vanish()


# -- one socket, with a scripted server --------------------------------------------------

HEAD = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"


class Script:
    """The other end of one socket."""

    def __init__(self, listener: socket.socket, *, is_controller: bool = False) -> None:
        port = listener.getsockname()[1]
        server = SimpleNamespace(name="script", port=port, speaks_socketio=True)
        self.peer = Peer(cast("Server", server), "127.0.0.2", is_controller=is_controller)
        self._connection, _ = listener.accept()
        self._connection.settimeout(5)
        assert self.peer.ask(b"GET / HTTP/1.1\r\n\r\n")
        assert self._connection.recv(4096).startswith(b"GET / ")

    def send(self, *texts: str) -> None:
        """Byte by byte, as a slow network would."""
        self.send_bytes(b"".join(bytes([0x81, len(text)]) + text.encode() for text in texts))

    def send_bytes(self, data: bytes) -> None:
        for position in range(len(data)):
            self.peer.take(self.peer.buffer + data[position : position + 1])

    def received(self) -> bytes:
        """Return the payload of the frame that the client sent."""
        return self._connection.recv(4096)[6:]

    def close(self) -> None:
        self._connection.close()
        self.peer.vanish()


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server((HOST, 0)) as listener:
        yield listener


def test_a_socket_is_open_on_socketio_when_its_namespace_is_joined(
    listener: socket.socket,
) -> None:
    script = Script(listener)
    script.send_bytes(HEAD)
    assert script.peer.phase < Phase.OPEN
    script.send('0{"sid":"a","pingInterval":25000}')
    assert script.received() == b"40"
    script.send('40{"sid":"b"}', '42["count",1]', '42["count",2]')
    assert script.peer.phase is Phase.OPEN
    assert script.peer.frames == 2 and script.peer.newest.endswith(b'42["count",2]')
    script.close()


def test_a_ping_of_socketio_is_answered_and_not_counted(listener: socket.socket) -> None:
    script = Script(listener)
    script.send_bytes(HEAD)
    script.send("2")
    assert script.received() == b"3"
    assert script.peer.frames == 0
    script.close()


def test_the_harness_requests_broadcasts_in_a_separate_namespace(
    listener: socket.socket,
) -> None:
    script = Script(listener, is_controller=True)
    script.send_bytes(HEAD)
    script.send("0{}")
    assert script.received() == b"40/control,"
    script.peer.order_broadcast('{"count":1}')
    assert script.received() == b'42/control,["broadcast",{"count":1}]'
    script.close()


def test_a_ping_and_a_close_of_websocket_are_answered(listener: socket.socket) -> None:
    script = Script(listener)
    script.send_bytes(HEAD + b"\x89\x02hi")
    assert script.received() == b"hi"
    script.send_bytes(b"\x88\x02\x11\x38")
    assert script.received() == (4408).to_bytes(2, "big")
    assert script.peer.close_code == 4408
    script.close()


def test_a_refused_handshake_is_an_error_with_the_response(
    listener: socket.socket,
) -> None:
    script = Script(listener)
    with pytest.raises(RuntimeError, match=r"script refused: .*500 Internal"):
        script.send_bytes(b"HTTP/1.1 500 Internal Server Error\r\n\r\n")
    script.close()


# -- rows and the table ------------------------------------------------------------------


def row(**given: Any) -> Row:
    return Row(**{"scenario": "some", "label": "ours / theirs", "unit": "ms", **given})


def test_the_ratio_of_a_row_is_the_median_over_its_rounds() -> None:
    measured = row(ours=[10.0, 30.0, 20.0], rival=[5.0, 5.0, 20.0])
    assert measured.ratios == [2.0, 6.0, 1.0]
    assert measured.median == 2.0
    assert measured.spread == (1.0, 6.0)


def test_an_inverse_ratio_is_the_rivals_figure_over_ours() -> None:
    assert row(ours=[10.0], rival=[5.0], inverse=True).ratios == [0.5]


def test_a_figure_without_a_rival_has_its_own_bound() -> None:
    assert row(ours=[3.0, 4.0], bound=5, at_least=False).met is True
    assert row(ours=[6.0, 4.0, 7.0], bound=5, at_least=False).met is False


@pytest.mark.parametrize(
    ("bound", "at_least", "met"),
    [(2, True, True), (2.01, True, False)]
    + [(2, False, True), (1.99, False, False), (None, True, None)],
)
def test_the_median_decides_whether_a_bound_is_met(
    bound: float | None, at_least: bool, met: bool
) -> None:
    measured = row(ours=[1.0, 2.0, 9.0], rival=[1.0] * 3, bound=bound, at_least=at_least)
    assert measured.met is met


def test_only_a_measured_or_failed_row_can_miss_a_bound() -> None:
    absent = row(bound=2, not_measured="npm is missing")
    assert not report.missed([absent, row(ours=[3.0], bound=2)])
    assert report.missed([absent, row(ours=[1.0], bound=2)])
    assert report.missed([absent, row(failed="it broke")])


def printed(*rows: Row) -> str:
    console = Console(width=170)
    with console.capture() as capture:
        console.print(report.table(rows))
    return capture.get()


def test_the_table_has_figures_bounds_and_loads() -> None:
    table = printed(
        row(ours=[20_000.0], rival=[10.0], bound=3, client_busy=[0.4], ours_busy=[0.987]),
        row(ours=[1.0], rival=[10.0], bound=3),
    )
    assert "20,000 ms" in table and "10 ms" in table and "≥ 3" in table
    assert "40% 99% –" in table
    assert table.count("met") >= 1 and table.count("MISSED") == 1


def test_the_table_names_unmeasured_and_failed_rows() -> None:
    table = printed(row(not_measured="npm is missing"), row(failed="it broke"))
    assert "not measured: npm is missing" in table
    assert "FAILED: it broke" in table


def test_the_json_of_a_row_has_every_round() -> None:
    content = row(ours=[4.0, 2.0], rival=[1.0, 1.0], bound=3, client_busy=[0.5]).as_json()
    assert json.loads(json.dumps(content)) == {
        "scenario": "some",
        "label": "ours / theirs",
        "unit": "ms",
        "bound": 3,
        "at_least": True,
        "met": True,
        "median": 3.0,
        "spread": [2.0, 4.0],
        "ratios": [4.0, 2.0],
        "ours": [4.0, 2.0],
        "rival": [1.0, 1.0],
        "client_busy": [0.5],
        "ours_busy": [],
        "rival_busy": [],
    }


def test_the_circumstances_name_the_machine_the_versions_and_the_commit() -> None:
    content = json.loads(json.dumps(circumstances(5)))
    assert re.fullmatch("[0-9a-f]{40}", content["commit"])
    assert content["rounds"] == 5 and content["machine"]["cores"] == os.cpu_count()
    machine = content["machine"]
    assert {machine["server_core"], machine["client_core"]} <= os.sched_getaffinity(0)
    assert machine["open_files"] != 0 and machine["somaxconn"] > 0
    assert content["versions"]["daphne"] == version("daphne")
    assert content["versions"]["socket.io"].startswith("4.")


# -- the run -----------------------------------------------------------------------------


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
        return [row(label=name)]

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
