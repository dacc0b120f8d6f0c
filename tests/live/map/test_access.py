"""The permission to watch the live map, and when it is read again."""

from __future__ import annotations

from landing.live.map import access
from landing.live.map.access import MAX_AGE_SECONDS, MapAccess


class Permissions:
    """The database of a test, which counts the reads."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.permitted: bool | None = True
        self.reads: list[str] = []
        self.access = MapAccess(self.read, lambda: self.seconds)

    async def read(self, session_key: str) -> bool | None:
        self.reads.append(session_key)
        return self.permitted


async def test_without_a_session_or_a_user_nothing_is_read() -> None:
    permissions = Permissions()

    assert not await permissions.access.permits(None, "1")
    assert not await permissions.access.permits("s", None)
    assert permissions.reads == []


async def test_without_a_database_nobody_may_watch() -> None:
    assert not await MapAccess(None, lambda: 0.0).permits("s", "1")


async def test_an_answer_holds_for_some_seconds() -> None:
    permissions = Permissions()
    assert await permissions.access.permits("s", "1")
    permissions.permitted = False
    permissions.seconds = MAX_AGE_SECONDS - 0.1

    assert await permissions.access.permits("s", "1")
    permissions.seconds = MAX_AGE_SECONDS
    assert not await permissions.access.permits("s", "1")
    assert len(permissions.reads) == 2


async def test_another_session_and_another_user_are_read_at_once() -> None:
    permissions = Permissions()
    for session, user in [("s", "1"), ("s", "1"), ("s", "2"), ("t", "2")]:
        await permissions.access.permits(session, user)

    assert permissions.reads == ["s", "s", "t"]


async def test_a_refusal_is_kept_so_that_frames_cause_no_reads() -> None:
    permissions = Permissions()
    permissions.permitted = False
    for _ in range(100):
        assert not await permissions.access.permits("s", "1")

    assert permissions.reads == ["s"]


async def test_during_an_outage_the_last_answer_holds_and_nobody_new_may_watch() -> None:
    permissions = Permissions()
    await permissions.access.permits("s", "1")
    permissions.permitted = None
    permissions.seconds = MAX_AGE_SECONDS

    assert await permissions.access.permits("s", "1")
    assert not await permissions.access.permits("t", "1")


async def test_the_oldest_answers_are_forgotten() -> None:
    permissions = Permissions()
    for index in range(access.MAX_ANSWERS + 1):
        await permissions.access.permits(f"s{index}", "1")
    await permissions.access.permits("s1", "1")
    assert len(permissions.reads) == access.MAX_ANSWERS + 1

    await permissions.access.permits("s0", "1")

    assert len(permissions.reads) == access.MAX_ANSWERS + 2
