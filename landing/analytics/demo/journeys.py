"""The path of a visit through the site: its referrer, and its page views with their times."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from .visits import Visit
from .weighted_choices import Choices

#: Pages with a part in a plot: each comes after the one before.
SIGN_UP, WELCOME, ACCOUNT, CHECKOUT, THANKS = (
    "/signup",
    "/welcome",
    "/account",
    "/checkout",
    "/thanks",
)
#: Probability of one more page view, and the log-normal distribution of the time before it.
NEXT_PAGE_SHARE, PAGE_MU, PAGE_SIGMA = 0.62, 3.6, 0.9
#: Share of the visitors who come back and have no need of a link.
DIRECT_USER_SHARE = 0.75


class Campaign(NamedTuple):
    """The campaign of a link."""

    source: str = ""
    name: str = ""


NO_CAMPAIGN = Campaign()


class Step(NamedTuple):
    """One page view of a visit, at a Unix time."""

    at: float
    path: str
    referrer_host: str
    is_signed_in: bool
    campaign: Campaign = NO_CAMPAIGN


TITLES = (
    "spring-release",
    "why-we-count",
    "a-quiet-launch",
    "customer-story",
    "behind-the-numbers",
)
STORIES = {f"/blog/{title}": 20 / number for number, title in enumerate(TITLES, 1)}
STORIES |= {f"/blog/story-{number}": 14 / number for number in range(4, 61)}
STORY_CHOICES = Choices.from_weights(STORIES)
#: Stands for one of the stories.
STORY = "/blog/"

#: The first page of a visit, by the kind of its referrer.
ENTRANCES = {
    "direct": Choices.from_weights({"/": 72, "/pricing": 8, "/blog": 10, STORY: 6, "/features": 4}),
    "search": Choices.from_weights({"/": 52, STORY: 22, "/features": 14, "/pricing": 12}),
    "social": Choices.from_weights({"/": 46, STORY: 42, "/features": 8, "/about": 4}),
    "newsletter": Choices.from_weights({STORY: 50, "/features": 24, "/": 16, "/pricing": 10}),
    "site": Choices.from_weights({"/": 64, STORY: 20, "/features": 10, "/pricing": 6}),
}
#: Hosts by kind, with their shares of all visits in thousandths.
REFERRERS: dict[tuple[str, str], float] = {
    ("direct", ""): 340,
    ("search", "www.google.com"): 235,
    ("search", "duckduckgo.com"): 34,
    ("search", "www.bing.com"): 28,
    ("social", "www.instagram.com"): 58,
    ("social", "t.co"): 42,
    ("social", "www.linkedin.com"): 48,
    ("social", "www.reddit.com"): 26,
    ("social", "www.youtube.com"): 22,
    ("social", "news.ycombinator.com"): 18,
    ("newsletter", "newsletter.example"): 66,
    ("site", "weekly.example"): 20,
    ("site", "makers.example"): 14,
    **{("site", f"blog-{number}.example"): 14 / number for number in range(1, 41)},
}
#: The campaigns of links, by the kind of the referrer.
CAMPAIGNS = {
    "search": Choices.from_weights({NO_CAMPAIGN: 86, Campaign("google", "brand"): 14}),
    "social": Choices.from_weights(
        {
            NO_CAMPAIGN: 60,
            Campaign("instagram", "launch week"): 28,
            Campaign("x", "launch week"): 12,
        }
    ),
    "newsletter": Choices.from_weights(
        {Campaign("newsletter", "spring release"): 62, Campaign("newsletter", "monthly"): 38}
    ),
}
REFERRER_CHOICES = Choices.from_weights(REFERRERS)

#: The next page, by the page before.
LINKS = {
    "/": Choices.from_weights(
        {"/pricing": 32, "/features": 34, "/blog": 14, "/about": 10, SIGN_UP: 5, "/contact": 5}
    ),
    "/features": Choices.from_weights(
        {"/pricing": 48, "/": 22, SIGN_UP: 12, STORY: 12, "/about": 6}
    ),
    "/pricing": Choices.from_weights({SIGN_UP: 26, "/features": 36, "/": 22, "/contact": 16}),
    "/blog": Choices.from_weights({STORY: 80, "/": 14, "/about": 6}),
    STORY: Choices.from_weights({"/blog": 34, STORY: 26, "/": 28, "/features": 12}),
    "/about": Choices.from_weights({"/": 44, "/contact": 28, "/blog": 28}),
    "/contact": Choices.from_weights({"/": 64, "/about": 36}),
    SIGN_UP: Choices.from_weights({"/pricing": 56, "/": 30, "/features": 14}),
}
#: The same for a visitor who is signed in.
MEMBER_ENTRANCES = Choices.from_weights({ACCOUNT: 52, "/": 34, "/blog": 8, "/pricing": 6})
MEMBER_LINKS = {
    "/": Choices.from_weights({ACCOUNT: 52, "/blog": 24, "/features": 14, "/pricing": 10}),
    ACCOUNT: Choices.from_weights({"/pricing": 30, "/blog": 24, "/features": 24, "/": 22}),
    WELCOME: Choices.from_weights({ACCOUNT: 40, "/pricing": 44, "/features": 16}),
    "/pricing": Choices.from_weights({CHECKOUT: 60, ACCOUNT: 22, "/features": 18}),
    CHECKOUT: Choices.from_weights({THANKS: 78, "/pricing": 22}),
    THANKS: Choices.from_weights({ACCOUNT: 70, "/": 30}),
    "/features": Choices.from_weights({ACCOUNT: 50, "/pricing": 50}),
    "/blog": Choices.from_weights({STORY: 76, ACCOUNT: 24}),
    STORY: Choices.from_weights({"/blog": 46, STORY: 20, ACCOUNT: 34}),
}
#: All paths that a visit may read.
PAGES = frozenset({*LINKS, *MEMBER_LINKS, *STORIES} - {STORY})


def walk(visit: Visit, rng: Random) -> Iterator[Step]:
    """Yield the page views of a visit in the order of time; the first one has the referrer.

    A visitor who signs up reads the pages up to :data:`WELCOME`, which is the first page view
    of the user.
    """
    is_member = visit.user is not None and not visit.signs_up
    page, referrer, campaign = _enter(is_member, rng)
    plot = ["/pricing", SIGN_UP, WELCOME] if visit.signs_up else []
    at = visit.begins + rng.random()
    while True:
        path = STORY_CHOICES.choose(rng) if page == STORY else page
        yield Step(at, path, referrer, is_member, campaign)
        pause = 1 + rng.lognormvariate(PAGE_MU, PAGE_SIGMA)
        if plot:
            pause = min(pause, (visit.ends - at) / (len(plot) + 1))
        elif rng.random() > NEXT_PAGE_SHARE and page != CHECKOUT:
            return
        at += pause
        if at >= visit.ends:
            return
        page = plot.pop(0) if plot else _follow(page, is_member, rng)
        referrer, campaign = "", NO_CAMPAIGN
        is_member = is_member or page == WELCOME


def _enter(is_member: bool, rng: Random) -> tuple[str, str, Campaign]:
    """Return the first page, the host of the referrer, and the campaign of the link."""
    if is_member and rng.random() < DIRECT_USER_SHARE:
        return MEMBER_ENTRANCES.choose(rng), "", NO_CAMPAIGN
    kind, host = REFERRER_CHOICES.choose(rng)
    campaign = CAMPAIGNS[kind].choose(rng) if kind in CAMPAIGNS else NO_CAMPAIGN
    return ENTRANCES[kind].choose(rng), host, campaign


def _follow(page: str, is_member: bool, rng: Random) -> str:
    links = MEMBER_LINKS if is_member and page in MEMBER_LINKS else LINKS
    return links[page].choose(rng)
