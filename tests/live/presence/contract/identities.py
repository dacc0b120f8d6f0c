"""The counts while open connections sign in, sign out, and switch accounts."""

from __future__ import annotations

import pytest

from tests.live.presence.simulation import (
    TIMING,
    Harness,
    SimulatedWorker,
    pass_time,
    read_counts,
    user_key,
    visitor_key,
)


class IdentityContract:
    async def test_an_open_connection_that_signs_in_is_a_signed_in_person_at_once(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        tab = worker.open("ana")
        await worker.sync()
        worker.identify(tab, "7")
        await worker.sync()
        assert await read_counts(harness) == (1, 0, 1)

    async def test_an_open_connection_that_signs_out_is_an_anonymous_person_at_once(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        tab = worker.open("ana", "7")
        await worker.sync()
        worker.identify(tab, None)
        await worker.sync()
        assert await read_counts(harness) == (0, 1, 1)

    async def test_an_open_connection_that_switches_accounts_is_never_two_people(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        tab = worker.open("ana", "7")
        await worker.sync()
        worker.identify(tab, "8")
        await worker.sync()
        assert await read_counts(harness) == (1, 0, 1)
        worker.close(tab)
        await worker.sync()
        assert await read_counts(harness) == (1, 0, 0), "the grace period is that of one person"
        await pass_time(harness, TIMING.linger_ms, [worker])
        assert await read_counts(harness) == (0, 0, 0)

    @pytest.mark.parametrize(
        "keys",
        [
            ("5d9c68c6-c50e-4d3d-8a5d-3a1a2f6f2a35", "5d9c68c6-c50e-4d3d-8a5d-3a1a2f6f2a36"),
            ("ana ñ:1/2", "ana ñ:1"),
            ("7", "07"),
            ("", " "),
            ("-1", "1"),
            ("x" * 255, "x" * 254),
            ("\n{a}|*", "\n{a}|"),
        ],
    )
    async def test_users_with_any_keys_are_different_people_on_all_their_devices(
        self,
        keys: tuple[str, str],
        worker: SimulatedWorker,
        other: SimulatedWorker,
        harness: Harness,
    ) -> None:
        tabs = [worker.open(f"browser {n}", key, place="/a") for n, key in enumerate(keys)]
        other.open("phone", keys[0], place="/b")
        await worker.sync()
        await other.sync()
        assert await read_counts(harness) == (2, 0, 3)
        for key, tab in zip(keys, tabs, strict=True):
            worker.move(tab, f"/{len(key)}")
            worker.identify(tab, None)
        await worker.sync()
        assert await read_counts(harness) == (1, 2, 3)
        places = await harness.presence.places(10, ())
        assert places is not None and sum(each.people for each in places.top) == 3

    async def test_a_user_that_signs_out_on_one_device_counts_on_the_other(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        phone = worker.open("phone", "7")
        other.open("laptop", "7")
        await worker.sync()
        await other.sync()
        worker.identify(phone, None)
        await worker.sync()
        assert await read_counts(harness) == (1, 1, 2)

    async def test_the_tabs_of_a_browser_on_two_workers_are_one_person_at_every_step(
        self, worker: SimulatedWorker, other: SimulatedWorker, harness: Harness
    ) -> None:
        tabs = [(worker, worker.open("ana", "7")), (other, other.open("ana", "7"))]
        for each, _ in tabs:
            await each.sync()
        for user in (None, "7", None):
            for each, tab in tabs:
                each.identify(tab, user)
                await each.sync()
                signed_in, anonymous, _ = await read_counts(harness)
                assert signed_in + anonymous == 1
        assert await read_counts(harness) == (0, 1, 2)

    @pytest.mark.parametrize("user", [None, "7"])
    async def test_a_connection_that_is_left_out_ceases_to_count_at_once_and_may_return(
        self, worker: SimulatedWorker, harness: Harness, user: str | None
    ) -> None:
        tab = worker.open("ana", user)
        await worker.sync()
        worker.identify(tab, "7", is_left_out=True)
        await worker.sync()
        assert await read_counts(harness) == (0, 0, 0)
        worker.identify(tab, None)
        await worker.sync()
        assert await read_counts(harness) == (0, 1, 1)

    async def test_a_mark_does_not_outlive_a_visitor_that_is_left_out(
        self, worker: SimulatedWorker, harness: Harness
    ) -> None:
        anonymous, signed_in = worker.open("ana"), worker.open("ana", "7")
        await worker.sync()
        worker.close(signed_in)
        worker.identify(anonymous, "8", is_left_out=True)
        await worker.sync()
        assert await read_counts(harness) == (1, 0, 0), "the grace period of the user"
        await pass_time(harness, TIMING.linger_ms, [worker])
        assert await read_counts(harness) == (0, 0, 0)

    @pytest.mark.parametrize("answered", [False, True])
    async def test_a_repeated_report_changes_an_identity_once(
        self, worker: SimulatedWorker, harness: Harness, answered: bool
    ) -> None:
        tab = worker.open("ana", "7")
        await worker.sync()
        worker.identify(tab, "8")
        await worker.sync_once(answered=answered)
        worker.identify(tab, None)
        await worker.sync()
        assert await read_counts(harness) == (0, 1, 1)

    async def test_a_change_of_identity_reports_who_joined_and_who_left(
        self, worker: SimulatedWorker
    ) -> None:
        tab = worker.open("ana", "7")
        await worker.sync()
        worker.identify(tab, "8")
        await worker.sync()
        worker.identify(tab, None)
        await worker.sync()
        assert worker.joined == [user_key("7"), user_key("8"), visitor_key("ana")]
        assert worker.left == [user_key("7"), user_key("8")]
