"""The load client, on real servers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from tests.load.bench import servers
from tests.load.bench.crowd import Crowd
from tests.load.bench.payload import FRAME_BYTES, count_text
from tests.load.bench.servers import Server
from tests.services import frames
from tests.services.redis import RedisServer
from tests.services.site import with_own_database

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


@pytest.fixture(scope="module")
def plain() -> Iterator[Server]:
    with servers.plain() as server:
        yield server


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
    production: dict[str, str], tmp_path: Path
) -> None:
    given = {**with_own_database(production, tmp_path), "SECRET_KEY": settings.SECRET_KEY}
    with servers.ours(**given) as server:
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


def test_a_broadcast_is_timed_until_the_last_socket_and_arrives_once(plain: Server) -> None:
    crowd = gather(plain)
    for reach_all in (crowd.reach_all, crowd.reach_all_reading):
        before, text = crowd.frames, count_text(plain)
        reach = reach_all(text)
        assert reach.seconds > 0 and reach.client_busy >= 0
        assert crowd.frames == before + 20
        assert {crowd.newest(index) for index in range(20)} == {text.encode()}
    crowd.vanish()


@pytest.mark.parametrize("disturbed", [2, 3])
def test_a_broadcast_with_another_frame_is_timed_again(
    disturbed: int, plain: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd = gather(plain)
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


def test_reading_ends_in_time_while_frames_keep_arriving(plain: Server) -> None:
    crowd = gather(plain, 3)
    crowd.broadcast("first")
    crowd.run_until(lambda: crowd.frames == 3)
    reads: list[int] = []

    def read(fd: int, size: int) -> bytes:
        reads.append(fd)
        return b"\x81\x04more"

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.load.bench.sockets.os.read", read)
        crowd.broadcast("never read, so it stays readable")
        while not reads:
            crowd.run(0)
        crowd.run(0.05)
    assert crowd.frames == 3 + len(reads)
    crowd.vanish()


def test_plain_sends_reach_all_reading_sockets(plain: Server) -> None:
    crowd = gather(plain)
    assert receives_each_broadcast_once(crowd)
    crowd.stop_reading(1)
    before = crowd.frames
    crowd.broadcast(count_text(plain))
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
