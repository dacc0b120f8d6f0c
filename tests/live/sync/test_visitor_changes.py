"""A visitor who opts out or is forgotten while connections are open."""

from __future__ import annotations

import pytest

from landing.conf import LandingSettings
from landing.live.presence.contract import Key, KeyType
from landing.live.registry import Registry
from landing.live.sync import visitor_changes
from landing.live.sync.identities import Identities
from landing.live.sync.visitor_changes import VisitorChange
from tests.live.presence.simulation import new_connection

ANA, BEN = b"a" * 16, b"b" * 16


class Site:
    """A registry with two connections of Ana and one of Ben, and the keys to report."""

    def __init__(self) -> None:
        self.registry = Registry()
        self.present: list[Key] = []
        self.ended: list[Key] = []
        self.forgotten: list[bytes] = []
        self.connections = [new_connection("someone") for _ in range(3)]
        for connection, visitor in zip(self.connections, (ANA, ANA, BEN), strict=True):
            connection.visitor = visitor
            self.registry.add(connection)
        self.identities = Identities(
            self.registry, self._mark, LandingSettings(), None, lambda: 0.0, self.forgotten.append
        )

    def _mark(self, keys: list[Key], *, wake: bool, ended: bool = False) -> None:
        (self.ended if ended else self.present).extend(keys)

    def recorded(self) -> list[bool]:
        return [connection.is_recorded for connection in self.connections]


@pytest.fixture
def site() -> Site:
    return Site()


def test_open_tabs_of_a_visitor_who_opts_out_leave_no_more_rows(site: Site) -> None:
    site.identities.receive(visitor_changes.opt_out(ANA))
    assert site.recorded() == [False, False, True]
    assert site.present == site.ended == site.forgotten == []
    assert len(site.registry.of_visitor(ANA)) == 2


def test_signing_in_does_not_end_an_opt_out(site: Site) -> None:
    site.identities.receive(visitor_changes.opt_out(ANA))
    site.registry.set_user(site.connections[0], "7", is_left_out=True)
    site.registry.set_user(site.connections[0], "7", is_left_out=False)
    assert site.recorded() == [False, False, True]


def test_the_open_tabs_of_a_forgotten_visitor_become_one_new_visitor(site: Site) -> None:
    change = visitor_changes.forget(ANA)
    for _ in range(2):
        site.identities.receive(change)
    new = Key(KeyType.VISITOR, change.replacement)
    assert (site.present, site.ended) == ([new], [Key(KeyType.VISITOR, ANA)])
    assert set(site.registry.keys()) == {new, Key(KeyType.VISITOR, BEN)}
    assert len(site.registry.of_visitor(ANA)) == 0
    assert len(site.registry.of_visitor(change.replacement)) == 2
    assert site.recorded() == [False, False, True]
    assert site.forgotten == [ANA, ANA]


def test_a_signed_in_visitor_who_is_forgotten_stays_one_person(site: Site) -> None:
    site.registry.set_user(site.connections[0], "7", is_left_out=False)
    change = visitor_changes.forget(ANA)
    site.identities.receive(change)
    assert set(site.registry.keys()) == {
        Key(KeyType.VISITOR, change.replacement),
        Key(KeyType.SIGNED, change.replacement),
        Key(KeyType.USER, b"7"),
        Key(KeyType.VISITOR, BEN),
    }
    for connection in site.connections:
        site.registry.remove(connection)
    assert list(site.registry.keys()) == []


def test_a_sealed_change_hides_the_visitor_and_opens_with_the_same_key_only(
    settings: object,
) -> None:
    change = VisitorChange(ANA, BEN)
    sealed = visitor_changes.seal(change)
    assert ANA.hex() not in sealed
    assert visitor_changes.unseal(sealed) == change
    settings.SECRET_KEY = "another key"  # type: ignore[attr-defined]
    assert visitor_changes.unseal(sealed) is None
    assert visitor_changes.unseal("") is None
