"""One soak from the start of the site to its end, and its figures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import psycopg
from django.db import connections

from landing import conf
from landing.models import PublishToken
from tests.load.attack.target import Target
from tests.load.simulate.report import Figure
from tests.load.soak.judge import Growth, judge
from tests.load.soak.meter import Key, Meter, WorkerMeter
from tests.load.soak.slow import SlowConsumers
from tests.load.soak.stage import Plan, Stage
from tests.load.soak.trend import Sample
from tests.load.soak.visitors import Visitors
from tests.load.truth.audience import Audience
from tests.load.truth.pages import Pages
from tests.load.truth.people import Population, create_accounts
from tests.load.truth.screens import Screen
from tests.load.truth.supervised import SupervisedDeployment
from tests.services.ports import free_ports

#: More accounts than people who sign in, as a share of all people.
ACCOUNTS_SHARE = 0.15
TRACEBACK = "Traceback (most recent call last)"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a soak."""

    growths: list[Growth]
    figures: list[Figure]
    series: Mapping[Key, Sequence[Sample]]

    def as_json(self) -> dict[str, Any]:
        """Return everything, with all samples."""
        return {
            "growths": [growth.as_json() for growth in self.growths],
            "figures": [figure.as_json() for figure in self.figures],
            "series": [{**key._asdict(), "samples": each} for key, each in self.series.items()],
        }

    @property
    def is_missed(self) -> bool:
        """Return whether a bound is missed."""
        return any(each.is_missed for each in [*self.growths, *self.figures])


async def run(plan: Plan, given: Mapping[str, str], population: Population, token: str) -> Outcome:
    """Start the site, perform the soak, and end the site."""
    first_metrics_port = free_ports(plan.workers)
    variables = {**given, "LANDING_METRICS_PORT": str(first_metrics_port)}
    site = SupervisedDeployment(variables, plan.workers, limits={})
    with ExitStack() as stack:
        stack.callback(site.close)
        await site.start()
        meter = Meter(
            [WorkerMeter(process, first_metrics_port) for process in site.workers],
            stack.enter_context(site.redis.client()),
            stack.enter_context(psycopg.connect(given["DATABASE_URL"], autocommit=True)),
        )
        audience = Audience(site.ports, site.living, Pages())
        visitors = Visitors(audience, population, Target(tuple(site.ports)), token, plan.networks)
        reader = Screen(process=0)
        audience.watch(visitors.tab(), None, reader.take)
        slow = SlowConsumers(
            site.ports[0], plan.slow_consumers, visitors.tab, reader, plan.pause_seconds
        )
        stage = Stage(plan, conf.read(), meter, audience, visitors, slow)
        await stage.perform()
        await stage.end()
        growths = judge(meter.series, plan.warm_up_seconds)
        return Outcome(growths, _figures(stage, site.log), meter.series)


def prepare(plan: Plan) -> tuple[Population, str]:
    """Create the accounts of people, and the token of the service that publishes."""
    arrivals = plan.people + plan.churn * plan.seconds
    population = Population(create_accounts(round(ACCOUNTS_SHARE * arrivals)))
    _, token = PublishToken.objects.create_key(name="soak")
    connections.close_all()
    return population, token


def _figures(stage: Stage, log: str) -> list[Figure]:
    """Return the single figures: counts of events, and differences in the end."""
    return [*_visits(stage), *_truth(stage), *_rows(stage), *_log(stage, log)]


def _visits(stage: Stage) -> list[Figure]:
    visits, ledger, slow = stage.visitors.visits, stage.audience.ledger, stage.slow.ledger
    without = slow.without_new_count(should_read_again=stage.plan.should_read_again)
    closed = sum(each["landing_slow_readers_closed_total"] for each in stage.meter.scrape())
    return [
        Figure("page views", visits.pages),
        Figure("activities published", visits.published),
        Figure("requests to the API", visits.api_reads),
        Figure("requests that failed", len(visits.failed), "", 0),
        Figure("connections opened", len(ledger.helds)),
        Figure("attempts to connect that failed", ledger.failed_attempts, "", 0),
        Figure("connections that the site closed", len(ledger.lost), "", 0),
        Figure("slow consumers connected", slow.connected),
        Figure("slow consumers that read again", slow.read_again),
        Figure("slow consumers without a new count then", without, "", 0),
        Figure("slow consumers that the site closed", closed),
    ]


def _truth(stage: Stage) -> list[Figure]:
    in_time = [seconds for seconds in stage.rests if seconds is not None]
    longest = max(in_time, default=None)
    heartbeat_seconds = stage.settings.LANDING_HEARTBEAT_SECONDS
    found = stage.meter.scrape()
    # An unknown count is not 0.
    people, connections = (
        max(each.get(f"landing_{name}live", math.inf) for each in found)
        for name in ("people", "connections")
    )
    sockets = sum(each["landing_sockets"] for each in found)
    return [
        Figure("rests", len(stage.rests)),
        Figure("rests without the true counts", len(stage.rests) - len(in_time), "", 0),
        Figure("true after the grace period, longest", longest, "s", heartbeat_seconds),
        Figure("people in the end, on any worker", people, "", 0),
        Figure("connections in the end, on any worker", connections, "", 0),
        Figure("open sockets in the end", sockets, "", 0),
    ]


def _rows(stage: Stage) -> list[Figure]:
    meter, visits = stage.meter, stage.visitors.visits
    rows = meter.count_rows()
    page_views = meter.count_page_views()
    wrong_views = abs(page_views - visits.pages)
    wrong_activities = abs(rows["landing_activity"] - visits.published)
    minutes, ledger = stage.plan.seconds / 60, stage.audience.ledger
    intervals = minutes / stage.settings.LANDING_ANALYTICS_HEARTBEAT_MINUTES + 1
    # One for a visitor whose page view went to another worker, and one per interval.
    most_dwell_rows = (
        len(ledger.helds) + stage.slow.ledger.connected + 2 * stage.plan.people * intervals
    )
    return [
        Figure("page views stored minus viewed", wrong_views, "", 0),
        Figure("activities stored minus published", wrong_activities, "", 0),
        Figure("dwell rows", rows["landing_analytics"] - page_views, "", most_dwell_rows),
        Figure("samples", rows["landing_countsample"], "", minutes + 3),
    ]


def _log(stage: Stage, log: str) -> list[Figure]:
    return [
        Figure("lines in the log", len(log.splitlines())),
        Figure("exceptions in the log", log.count(TRACEBACK), "", 0),
        Figure("longest delay of this program", stage.late_seconds, "s"),
    ]
