"""The people of the demo: when they come, what they do, and in which order."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from statistics import fmean, pvariance

import pytest

from landing.analytics.demo import journeys, visits
from landing.analytics.demo.journeys import NO_CAMPAIGN, Campaign, Step
from landing.analytics.stays import storage as stays
from landing.models import DEMO_MARK, Activity, Analytics
from tests.analytics.rows import row, sample
from tests.load.demo import audience, past_activities, past_stays, visitors
from tests.load.demo.accounts import SESSION_COOKIE, Account
from tests.load.demo.arrivals import MAX_VISITS, Arrivals, follow_past, plan_past
from tests.load.demo.browser import find_place
from tests.load.demo.person import Person
from tests.load.demo.stage import Past

NOW = datetime(2026, 3, 31, 15, 30, tzinfo=UTC)
START = NOW.timestamp()


class Recorder:
    """A browser, accounts, and a clock that write down what happens."""

    def __init__(self) -> None:
        self.cookies: dict[str, str] = {}
        self.log: list[str] = []
        self.tabs = 0

    async def load(
        self, path: str, referrer_host: str = "", campaign: Campaign = NO_CAMPAIGN
    ) -> None:
        user = self.cookies.get(SESSION_COOKIE, "nobody")
        self.log.append(f"{user} loads {path} from {referrer_host}".removesuffix(" from "))

    async def restore(self, path: str) -> None:
        self.log.append(f"has {path}")

    async def open_tab(self) -> None:
        self.tabs += 1

    def leave_page(self) -> None:
        self.tabs = max(0, self.tabs - 1)

    def close_tabs(self) -> None:
        self.tabs = 0

    crash = close_tabs

    async def sign_up(self) -> Account:
        assert self.tabs, "they are present"
        self.log.append("signs up")
        return Account("Ana", "ana")

    async def sign_in(self) -> Account:
        self.log.append("signs in")
        return Account("Ben", "ben")

    async def buy(self, account: Account) -> None:
        assert self.tabs, "they are present"
        self.log.append(f"{account.name} buys")

    async def wait_until(self, at: float) -> None:
        self.log.append(f"{at:.0f} with {self.tabs}")


def play(steps: list[Step], ends: float = 9, tabs: int = 1) -> list[str]:
    seen = Recorder()
    asyncio.run(Person(seen, seen, seen.wait_until, tabs).visit(steps, ends))
    assert seen.tabs == 0
    return seen.log


def test_a_member_signs_in_before_the_first_page_view() -> None:
    log = play([Step(1, "/account", "", is_signed_in=True), Step(2, "/", "", is_signed_in=True)])
    assert log == [
        *("1 with 0", "signs in", "ben loads /account"),
        *("2 with 1", "ben loads /", "9 with 1"),
    ]


def test_a_new_user_signs_up_and_buys_while_present() -> None:
    steps = [
        Step(1, journeys.SIGN_UP, "t.co", is_signed_in=False),
        Step(2, journeys.WELCOME, "", is_signed_in=True),
        Step(3, journeys.THANKS, "", is_signed_in=True),
    ]
    log = [entry for entry in play(steps) if "with" not in entry]
    assert log == [
        *("nobody loads /signup from t.co", "signs up", "ana loads /welcome"),
        *("Ana buys", "ana loads /thanks"),
    ]


def test_a_second_tab_stays_open_beside_the_first() -> None:
    steps = [Step(at, "/", "", is_signed_in=False) for at in (1, 2, 3)]
    waits = [entry for entry in play(steps, tabs=2) if "with" in entry]
    assert waits == ["1 with 0", "2 with 1", "3 with 2", "9 with 2"]


def test_a_person_who_was_present_before_reads_no_page_again() -> None:
    seen = Recorder()
    seen.cookies["visitor"] = "known"
    asyncio.run(Person(seen, seen, seen.wait_until).stay(9, "/pricing", is_member=True))
    assert seen.log == ["signs in", "has /pricing", "9 with 1"]


def test_a_person_whom_the_past_does_not_have_reads_a_page_first() -> None:
    seen = Recorder()
    asyncio.run(Person(seen, None, seen.wait_until).stay(9, "/pricing"))
    assert seen.log == ["nobody loads /pricing", "9 with 1"]


@pytest.mark.django_db
def test_the_people_who_are_present_at_the_start_are_on_the_page_that_they_viewed_last() -> None:
    ana, ben = (name.ljust(16).encode() for name in ("ana", "ben"))
    for visitor, path, minutes in (
        (ana, "/pricing", 2),
        (ana, "/", 3),
        (ben, "/about", 90),
    ):
        at = NOW - timedelta(minutes=minutes)
        row(visitor_id=visitor, path=path, created_at=at, data=DEMO_MARK)
    row(visitor_id=ben, event=Analytics.Event.HEARTBEAT, created_at=NOW, data=DEMO_MARK)
    sample(NOW, people=2, is_demo=True)

    found = visitors.read_past(NOW, Random(1))

    assert {each.path for each in found.present} == {"/pricing", "/about"}


@pytest.mark.django_db
def test_the_past_has_the_activities_that_its_page_views_show() -> None:
    visit = visits.Visit(int(START) - 3_000, int(START), b"ana".ljust(16), -1, 1, signs_up=True)
    walks = (list(journeys.walk(visit, Random(seed))) for seed in range(500))
    walk = next(each for each in walks if each[-1].path == journeys.THANKS)
    for step in walk:
        row(
            visitor_id=visit.visitor,
            path=step.path,
            user_id=-1 if step.is_signed_in else None,
            created_at=datetime.fromtimestamp(step.at, UTC),
            data=DEMO_MARK,
        )

    assert past_activities.write(Random(1)) == 2

    signup, purchase = Activity.objects.order_by("created_at")
    assert (signup.kind, purchase.kind) == ("signup", "purchase")
    assert signup.actor == purchase.actor
    assert list(Activity.objects.on_pages()) == [purchase, signup]
    times = {step.path: step.at for step in walk}
    for activity, path in ((signup, journeys.WELCOME), (purchase, journeys.THANKS)):
        assert 0 < times[path] - activity.created_at.timestamp() < 2


@pytest.mark.django_db
def test_the_past_has_stays_with_the_median_of_the_demo() -> None:
    written = past_stays.write(Past(2, 300), NOW)

    found, before = stays.read((NOW - timedelta(days=1), NOW), (NOW - timedelta(days=4), NOW))
    assert 100 < found.total < before.total == written
    assert before.median_seconds is not None
    assert 450 < before.median_seconds < 950


@pytest.fixture
def arrivals() -> Arrivals:
    return Arrivals(people=50, rate=lambda at: 1.0, rng=Random(3))


def until(end: float, times: Iterator[float]) -> list[float]:
    found = []
    for at in times:
        if at >= end:
            break
        found.append(at)
    return found


def test_arrivals_are_random_and_keep_the_average(arrivals: Arrivals) -> None:
    found = until(START + 86_400, arrivals.times(START))
    gaps = [after - before for before, after in pairwise(found)]
    per_second = 50 / visits.mean_stay_seconds()
    assert 0.93 < fmean(gaps) * per_second < 1.07
    # The gaps of a Poisson process are exponential: their deviation is their mean.
    assert 0.9 < pvariance(gaps) ** 0.5 / fmean(gaps) < 1.1


def test_arrivals_follow_the_rate() -> None:
    arrivals = Arrivals(50, lambda at: 2.0 if at < START + 40_000 else 0.5, Random(3))
    found = until(START + 80_000, arrivals.times(START))
    early = sum(at < START + 40_000 for at in found)
    assert 3 < early / (len(found) - early) < 5


def test_the_people_present_at_the_start_are_the_average(arrivals: Arrivals) -> None:
    counts = []
    for _ in range(40):
        ends = arrivals.present(START)
        assert min(ends) > START
        counts.append(len(ends))
    assert 45 < fmean(counts) < 55


def test_the_past_has_as_many_people_as_the_demo() -> None:
    past = plan_past(20, NOW)
    since = NOW - timedelta(days=1)
    found = visits.simulate_visits(past.visitors, visits.start_of(past.days, NOW), NOW, Random(1))
    last_day = [each for each in found if each.begins >= since.timestamp()]
    seconds = sum(each.ends - each.begins for each in last_day)
    rate = follow_past(past, NOW)
    expected = fmean(rate(START - hour * 3_600) for hour in range(24))
    assert 0.8 < seconds / 86_400 / (20 * expected) < 1.2


def test_the_past_of_a_crowd_is_shorter() -> None:
    assert plan_past(1, NOW).days == 30
    crowd = plan_past(1_000, NOW)
    assert 1 <= crowd.days < 10
    assert crowd.visitors < 2 * MAX_VISITS


def test_the_live_visits_have_the_shares_of_the_past() -> None:
    rng = Random(1)
    drawn = [audience.draw_visit(START, rng) for _ in range(4_000)]
    past = visits.simulate_visits(2_000, NOW - timedelta(days=30), NOW, Random(1))
    for share in (
        lambda visit: visit.signs_up,
        lambda visit: visit.user is not None,
        lambda visit: visit.tabs == 2,
        lambda visit: visit.ends - visit.begins > 500,
    ):
        live, before = (fmean(map(share, each)) for each in (drawn, past))
        assert abs(live - before) < 0.05


def test_the_signed_place_of_a_page_is_that_of_its_first_element() -> None:
    page = (
        '<a data-luc-place=""> <x data-luc-place="/a%26b:s&amp;g"> <y data-luc-place="/other:sig">'
    )
    assert find_place(page) == "/a%26b:s&g"
    assert find_place("<p>data-luc-place</p>") == ""
