"""The slow consumers of the soak, in front of a site that answers as the test decides."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from tests.live.waiting import wait_until
from tests.load.soak import slow
from tests.load.soak.slow import SlowConsumers, SlowLedger
from tests.load.soak.stage import Plan
from tests.load.truth.people import Tab
from tests.load.truth.screens import Screen
from tests.services.ports import HOST

ACCEPTED = b"HTTP/1.1 101 Switching Protocols\r\n\r\n"
REFUSED = b"HTTP/1.1 403 Forbidden\r\n\r\n"
CURRENT = 5


def count(version: int) -> bytes:
    text = f'{{"type":"connection-count","version":{version},"timestamp":""}}'.encode()
    return bytes((0x81, len(text))) + text


class Site:
    """Answers one handshake, and each command with a frame."""

    def __init__(self, response: bytes, frame: bytes = b"") -> None:
        self.requested = asyncio.Event()
        self.ended = asyncio.Event()
        self._response = response
        self._frame = frame

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            await reader.readuntil(b"\r\n\r\n")
            self.requested.set()
            writer.write(self._response)
            while await reader.read(1000):
                writer.write(self._frame)
        self.ended.set()
        writer.close()


@asynccontextmanager
async def consumers_of(site: Site) -> AsyncIterator[SlowConsumers]:
    """Let one slow consumer arrive, which pauses only briefly."""
    reader = Screen(process=0)
    reader.take(count(CURRENT)[2:])
    server = await asyncio.start_server(site.serve, HOST, 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        consumers = SlowConsumers(port, 1, lambda: Tab(b"", None, ""), reader, 0.05)
        consumers.arrive()
        yield consumers
        # Without a leak, the site has seen the end of the connection.
        await asyncio.wait_for(site.ended.wait(), 10)


@pytest.mark.parametrize(("version", "is_new"), [(CURRENT, False), (CURRENT + 1, True)])
async def test_a_count_from_before_the_end_of_the_pause_is_not_new(
    version: int, is_new: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slow, "PATIENCE_SECONDS", 0.3)
    async with consumers_of(Site(ACCEPTED, count(version))) as consumers:
        await wait_until(lambda: consumers.ledger.read_again > 0)
        await consumers.leave()
    assert (consumers.ledger.never_caught_up == 0) == is_new


async def test_a_connection_that_is_still_opening_ends_with_the_departure() -> None:
    site = Site(b"")
    async with consumers_of(site) as consumers:
        await site.requested.wait()
        await consumers.leave()
    assert consumers.ledger.connected == 0


@pytest.mark.parametrize(("response", "error"), [(REFUSED, ConnectionError), (b"", TimeoutError)])
async def test_a_handshake_without_success_is_an_error(
    response: bytes, error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slow, "PATIENCE_SECONDS", 0.3)
    site = Site(response)
    async with consumers_of(site) as consumers:
        await site.ended.wait()
        with pytest.raises(error):
            await consumers.leave()


@pytest.mark.parametrize(
    ("seconds", "slow_consumers", "is_due"), [(24.0, 1, False), (25.0, 1, True), (25.0, 0, False)]
)
def test_a_run_of_more_than_two_pauses_must_let_a_slow_consumer_read_again(
    seconds: float, slow_consumers: int, is_due: bool
) -> None:
    plan = Plan(
        seconds=seconds,
        warm_up_seconds=0,
        people=1,
        churn=1,
        slow_consumers=slow_consumers,
        networks=1,
        workers=1,
        sample_seconds=1,
        churn_seconds=60,
        pause_seconds=12,
    )
    assert plan.should_read_again == is_due
    unread = SlowLedger()
    without = unread.without_new_count(should_read_again=plan.should_read_again)
    assert (without is None) == is_due
    read = SlowLedger(read_again=1, never_caught_up=1)
    assert read.without_new_count(should_read_again=plan.should_read_again) == 1
