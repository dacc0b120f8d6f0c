"""The identities of open connections: announced changes, and the reads of all sessions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from math import inf

import pytest

from landing.conf import LandingSettings
from landing.live.connection import Connection
from landing.live.presence.contract import Key, KeyType
from landing.live.registry import Registry
from landing.live.sync.identities import CHUNK, MAX_BUSY_SHARE, MIN_SECONDS, Identities
from landing.visitors.session_user import NOBODY, SessionUser
from landing.visitors.sessions.change import SessionChange
from tests.live.presence.simulation import new_connection, user_key, visitor_key

INTERVAL = 4.0


class Desk:
    """Identities over a fake store of sessions."""

    def __init__(self, *, ignores_staff: bool = False) -> None:
        self.seconds = 100.0
        self.registry = Registry()
        self.present: list[Key] = []
        self.ended: list[Key] = []
        #: the users by session; an outage if None
        self.sessions: dict[str, SessionUser] | None = {}
        self.reads: list[set[str]] = []
        self.read_takes_seconds = 0.0
        self.identities = Identities(
            self.registry,
            self._mark_dirty,
            LandingSettings(LANDING_IGNORE_STAFF=ignores_staff),
            self._read,
            lambda: self.seconds,
        )

    def _mark_dirty(self, keys: Iterable[Key], *, wake: bool, ended: bool = False) -> None:
        (self.ended if ended else self.present).extend(keys)

    async def _read(self, session_keys: Collection[str]) -> Mapping[str, SessionUser | None]:
        self.reads.append(set(session_keys))
        self.seconds += self.read_takes_seconds
        if self.sessions is None:
            return {}
        return {key: self.sessions.get(key) for key in session_keys}

    def sign_in(self, session_key: str, user: str, *, is_staff: bool = False) -> None:
        assert self.sessions is not None
        self.sessions[session_key] = SessionUser(user, is_staff)

    def open(
        self, visitor: str, session_key: str | None = None, *, by_cookie: bool = True
    ) -> Connection:
        user = (self.sessions or {}).get(session_key or "", NOBODY)
        connection = new_connection(visitor, user.key)
        connection.session_key = session_key
        self.identities.admit(connection, by_cookie=by_cookie)
        self.registry.add(connection)
        return connection

    async def run_due_reads(self, seconds: float = 0.0) -> None:
        until = self.seconds + seconds
        while (due_at := self.identities.due_at()) <= until:
            self.seconds = max(self.seconds, due_at)
            await self.identities.read()
        self.seconds = max(self.seconds, until)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def change(visitor: str | None, old: str | None, new: str | None) -> SessionChange:
    return SessionChange(visitor and visitor.encode().ljust(16, b"."), old, new)


# -- reading all sessions


async def test_without_a_session_nothing_is_read(desk: Desk) -> None:
    desk.open("ana")
    assert desk.identities.due_at() == inf
    await desk.run_due_reads(60)
    assert desk.reads == []


async def test_all_sessions_are_read_once_per_heartbeat(desk: Desk) -> None:
    desk.open("ana", "a")
    desk.open("ana", "a")
    desk.open("ben", "b")
    desk.open("cleo")
    assert desk.identities.due_at() == desk.seconds + INTERVAL
    await desk.run_due_reads(2 * INTERVAL)
    assert desk.reads == [{"a", "b"}] * 2


async def test_after_the_last_session_has_closed_nothing_is_read(desk: Desk) -> None:
    desk.registry.remove(desk.open("ana", "a"))
    assert desk.identities.due_at() == inf


async def test_a_session_that_lost_its_rights_makes_its_connections_anonymous(desk: Desk) -> None:
    desk.sign_in("a", "7")
    tabs = [desk.open("ana", "a"), desk.open("ana", "a")]
    assert desk.sessions is not None
    desk.sessions["a"] = NOBODY
    await desk.run_due_reads(INTERVAL)
    assert [tab.user for tab in tabs] == [None, None]
    assert desk.ended == [Key(KeyType.SIGNED, tabs[0].visitor), user_key("7")]
    assert desk.present == []


async def test_a_session_that_regains_its_rights_is_signed_in_again(desk: Desk) -> None:
    assert desk.sessions is not None
    desk.sessions["a"] = NOBODY
    tab = desk.open("ana", "a")
    desk.sign_in("a", "7")
    await desk.run_due_reads(INTERVAL)
    assert tab.user == "7"
    assert desk.present == [Key(KeyType.SIGNED, tab.visitor), user_key("7")]


async def test_an_outage_changes_nothing(desk: Desk) -> None:
    desk.sign_in("a", "7")
    tab = desk.open("ana", "a")
    desk.sessions = None
    await desk.run_due_reads(5 * INTERVAL)
    assert tab.user == "7" and len(desk.reads) == 5
    assert desk.ended == []


async def test_a_session_that_ended_is_read_twice_and_then_forgotten(desk: Desk) -> None:
    desk.sign_in("a", "7")
    tab = desk.open("ana", "a")
    assert desk.sessions is not None
    del desk.sessions["a"]
    await desk.run_due_reads(5 * INTERVAL)
    assert desk.reads == [{"a"}, {"a"}]
    assert (tab.user, tab.session_key) == (None, None)


async def test_a_session_that_is_missing_once_is_kept(desk: Desk) -> None:
    desk.sign_in("a", "7")
    tab = desk.open("ana", "a")
    user = (desk.sessions or {}).pop("a")
    await desk.run_due_reads(INTERVAL)
    desk.sessions = {"a": user}
    await desk.run_due_reads(INTERVAL)
    assert (tab.user, tab.session_key) == ("7", "a")


async def test_reads_that_take_long_become_rarer(desk: Desk) -> None:
    desk.open("ana", "a")
    desk.sign_in("a", "7")
    desk.read_takes_seconds = 1.0
    await desk.run_due_reads(INTERVAL)
    began_at = desk.seconds - desk.read_takes_seconds
    assert desk.identities.due_at() == began_at + desk.read_takes_seconds / MAX_BUSY_SHARE


async def test_every_connection_of_more_than_one_chunk_changes(desk: Desk) -> None:
    tabs = []
    for number in range(2 * CHUNK + 1):
        tabs.append(desk.open(f"v{number}", f"s{number}"))
        desk.sign_in(f"s{number}", f"u{number}")
    await desk.run_due_reads(INTERVAL)
    assert [tab.user for tab in tabs] == [f"u{number}" for number in range(2 * CHUNK + 1)]


# -- announced changes


async def test_a_sign_in_in_another_tab_reaches_the_open_connections_of_the_browser(
    desk: Desk,
) -> None:
    tab, basket = desk.open("ana"), desk.open("ana", "old")
    stranger = desk.open("ben", "b")
    desk.sign_in("new", "7")
    desk.identities.receive(change("ana", "old", "new"))
    await desk.run_due_reads(MIN_SECONDS)
    assert desk.reads == [{"new"}]
    assert [each.user for each in (tab, basket, stranger)] == ["7", "7", None]


async def test_a_sign_in_whose_session_is_not_saved_yet_takes_effect_with_the_next_read(
    desk: Desk,
) -> None:
    tab = desk.open("ana")
    desk.identities.receive(change("ana", None, "new"))
    await desk.run_due_reads(MIN_SECONDS)
    desk.sign_in("new", "7")
    await desk.run_due_reads(INTERVAL)
    assert tab.user == "7"


async def test_a_sign_out_makes_the_connections_of_the_browser_anonymous_without_a_read(
    desk: Desk,
) -> None:
    desk.sign_in("a", "7")
    tabs = [desk.open("ana", "a"), desk.open("ana", "a")]
    phone = desk.open("phone", "p")
    desk.identities.receive(change("ana", "a", None))
    assert [each.user for each in tabs] == [None, None]
    assert desk.reads == []
    await desk.run_due_reads(INTERVAL)
    assert desk.reads == [{"p"}], "nothing can sign the browser in again"
    assert phone.user is None


async def test_switching_accounts_marks_both_users_in_one_step(desk: Desk) -> None:
    desk.sign_in("a", "7")
    tabs = [desk.open("ana", "a"), desk.open("ana", "a")]
    desk.sign_in("b", "8")
    desk.identities.receive(change("ana", "a", "b"))
    await desk.run_due_reads(MIN_SECONDS)
    assert [tab.user for tab in tabs] == ["8", "8"]
    assert (desk.present, desk.ended) == ([user_key("8")], [user_key("7")])


async def test_a_browser_without_a_visitor_cookie_is_found_by_its_old_session(desk: Desk) -> None:
    desk.sign_in("a", "7")
    office = [desk.open("hash", "a", by_cookie=False), desk.open("hash", "b", by_cookie=False)]
    desk.sign_in("new", "7")
    desk.identities.receive(change(None, "a", "new"))
    assert [each.session_key for each in office] == ["new", "b"]


async def test_a_repeated_change_is_read_once(desk: Desk) -> None:
    desk.open("ana")
    desk.sign_in("new", "7")
    for _ in range(2):
        desk.identities.receive(change("ana", None, "new"))
        await desk.run_due_reads(MIN_SECONDS)
    assert desk.reads == [{"new"}]


async def test_a_change_of_an_unknown_browser_reads_nothing(desk: Desk) -> None:
    desk.open("ana", "a")
    desk.identities.receive(change("ben", "b", "c"))
    assert desk.identities.due_at() == desk.seconds + INTERVAL


async def test_many_sign_ins_are_read_together_at_most_once_per_interval(desk: Desk) -> None:
    for number in range(50):
        desk.open(f"v{number}")
        desk.identities.receive(change(f"v{number}", None, f"s{number}"))
        await desk.run_due_reads(0.01)
    await desk.run_due_reads(MIN_SECONDS)
    assert len(desk.reads) <= 50 * 0.01 / MIN_SECONDS + 2
    assert set.union(*desk.reads) == {f"s{number}" for number in range(50)}


# -- handshakes


async def test_a_signed_in_handshake_signs_in_the_other_tabs_of_its_browser(desk: Desk) -> None:
    tab = desk.open("ana")
    desk.sign_in("a", "7")
    desk.open("ana", "a")
    assert (tab.user, tab.session_key) == ("7", "a")


@pytest.mark.parametrize("session_key", [None, "b"])
async def test_an_anonymous_handshake_signs_nobody_out(desk: Desk, session_key: str | None) -> None:
    desk.sign_in("a", "7")
    tab = desk.open("ana", "a")
    desk.open("ana", session_key)
    assert (tab.user, tab.session_key) == ("7", "a")


async def test_people_who_share_a_visitor_id_without_a_cookie_stay_apart(desk: Desk) -> None:
    tab = desk.open("hash", by_cookie=False)
    desk.sign_in("a", "7")
    desk.open("hash", "a", by_cookie=False)
    assert tab.user is None


# -- staff


async def test_somebody_who_becomes_staff_ceases_to_count_and_counts_again_later() -> None:
    desk = Desk(ignores_staff=True)
    desk.sign_in("a", "7")
    tab = desk.open("ana", "a")
    desk.sign_in("a", "7", is_staff=True)
    await desk.run_due_reads(INTERVAL)
    assert not tab.is_counted and not tab.is_recorded
    assert desk.ended == [visitor_key("ana"), Key(KeyType.SIGNED, tab.visitor), user_key("7")]
    desk.sign_in("a", "7")
    await desk.run_due_reads(INTERVAL)
    assert tab.is_counted and tab.is_recorded


async def test_staff_count_if_the_site_does_not_leave_them_out(desk: Desk) -> None:
    desk.sign_in("a", "7", is_staff=True)
    tab = desk.open("ana", "a")
    await desk.run_due_reads(INTERVAL)
    assert tab.is_counted
