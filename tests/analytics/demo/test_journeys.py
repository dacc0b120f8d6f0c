"""The paths of visits: plausible orders of pages, and shares of referrers."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from random import Random

import pytest

from landing.analytics.demo import Visit, journeys
from landing.analytics.demo.journeys import LINKS, MEMBER_LINKS, STORY, Step
from tests.analytics.demo.simulated import ANA

BEGINS = 1_700_000_000


def walks(
    count: int, user: int | None = None, *, signs_up: bool = False, seconds: int = 1_500
) -> list[list[Step]]:
    rng = Random(4)
    visit = Visit(BEGINS, BEGINS + seconds, ANA, user, 1, signs_up)
    return [list(journeys.walk(visit, rng)) for _ in range(count)]


def kind(path: str) -> str:
    return STORY if path.startswith(STORY) else path


@pytest.mark.parametrize("seconds", [1, 20, 150, 10_000])
def test_the_steps_of_a_visit_are_in_order_and_within_it(seconds: int) -> None:
    for walk in walks(100, seconds=seconds):
        times = [step.at for step in walk]
        assert times == sorted(times)
        assert times[0] >= BEGINS and times[-1] < BEGINS + max(seconds, 1)
        assert [step.referrer_host for step in walk[1:]] == [""] * (len(walk) - 1)


def test_each_page_follows_one_that_links_to_it() -> None:
    for walk in [*walks(500), *walks(500, user=1)]:
        for before, after in pairwise(walk):
            page = kind(before.path)
            links = MEMBER_LINKS if after.is_signed_in and page in MEMBER_LINKS else LINKS
            assert kind(after.path) in links[page].values


def test_visitors_read_about_two_pages_and_often_only_one() -> None:
    lengths = [len(walk) for walk in walks(2_000)]
    assert 2 < sum(lengths) / len(lengths) < 3
    assert 0.3 < lengths.count(1) / len(lengths) < 0.5


def test_anonymous_visitors_never_sign_in_and_members_always_are() -> None:
    assert not any(step.is_signed_in for walk in walks(200) for step in walk)
    assert all(step.is_signed_in for walk in walks(200, user=1) for step in walk)


@pytest.mark.parametrize("seconds", [120, 10_000])
def test_a_new_user_reads_the_prices_signs_up_and_is_signed_in_from_then_on(seconds: int) -> None:
    for walk in walks(200, user=1, signs_up=True, seconds=seconds):
        paths = [step.path for step in walk]
        assert paths[1:4] == ["/pricing", journeys.SIGN_UP, journeys.WELCOME]
        signed_in = [step.is_signed_in for step in walk]
        assert signed_in == [False] * 3 + [True] * (len(walk) - 3)


def test_purchases_follow_the_checkout_of_a_user() -> None:
    members = [*walks(1_000, user=1), *walks(1_000, user=1, signs_up=True)]
    bought = 0
    for before, after in (pair for walk in members for pair in pairwise(walk)):
        if after.path == journeys.THANKS:
            bought += 1
            assert before.path == journeys.CHECKOUT and after.is_signed_in
    assert 60 < bought < 500
    assert not any(step.path == journeys.THANKS for walk in walks(1_000) for step in walk)


def test_referrers_have_realistic_shares() -> None:
    first = [walk[0].referrer_host for walk in walks(4_000)]
    hosts = Counter(first)
    shares = {host: count / len(first) for host, count in hosts.items()}
    assert 0.28 < shares[""] < 0.40
    search = sum(shares[host] for host in ("www.google.com", "www.bing.com", "duckduckgo.com"))
    assert 0.24 < search < 0.36
    assert 0.04 < shares["newsletter.example"] < 0.09
    assert len(hosts) > 30


def test_only_the_first_page_view_has_a_campaign_and_each_newsletter_has_one() -> None:
    for walk in walks(1_000):
        assert not any(step.campaign.source for step in walk[1:])
        if walk[0].referrer_host == "newsletter.example":
            assert walk[0].campaign.source == "newsletter"
    sources = Counter(walk[0].campaign.source for walk in walks(1_000))
    assert sources[""] > 700 and len(sources) > 3


def test_a_few_pages_get_most_of_the_views() -> None:
    paths = Counter(step.path for walk in walks(2_000) for step in walk)
    often = sum(count for _, count in paths.most_common(6))
    assert len(paths) > 50
    assert often > sum(paths.values()) / 2


def test_all_paths_are_pages() -> None:
    kinds = [walks(300), walks(300, user=1), walks(100, user=1, signs_up=True)]
    assert {step.path for each in kinds for walk in each for step in walk} <= journeys.PAGES
