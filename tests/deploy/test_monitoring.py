"""The alert rules and the dashboard use only metrics, labels, and sections that exist."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import combinations
from typing import Any, NamedTuple

import pytest
import yaml

from landing import measures
from landing.analytics.write_buffer.buffer import FINISH_SECONDS
from landing.limits.hits import Limit
from landing.live.current_snapshot import Source
from landing.live.sync.drain import DRAIN_SECONDS
from landing.live.transport.graceful_stop import MAX_SECONDS
from landing.resilience import errors
from landing_site.serve.slots import STOP_SECONDS
from tests.docs.test_pages import anchors
from tests.metrics import samples
from tests.services.site import ROOT

RULES: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((ROOT / "deploy/prometheus-alerts.yml").read_text())["groups"]
    for rule in group["rules"]
]
DASHBOARD: dict[str, Any] = json.loads((ROOT / "deploy/grafana-dashboard.json").read_text())
PANELS: list[dict[str, Any]] = DASHBOARD["panels"]
GRAPHS = [panel for panel in PANELS if panel["type"] != "row"]
ALERTS = {rule["alert"]: rule["expr"] for rule in RULES}
QUERIES = {
    f"{panel['title']} {target['refId']}": target["expr"]
    for panel in GRAPHS
    for target in panel["targets"]
}

#: Labels that Prometheus adds to each sample.
TARGET = {"job", "instance"}
KEYWORDS = {"and", "or", "unless", "bool", "offset"}
STRING = r'"(?:[^"\\]|\\.)*"'
MATCHER = re.compile(rf"(\w+)\s*(=~|!~|!=|=)\s*({STRING})")
SELECTOR = re.compile(rf"([a-zA-Z_:][\w:]*)\s*(\{{(?:{STRING}|[^{{}}\"])*\}})?(?!\s*\(|[\w:])")
GROUPING = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^()]*)\)")


class Use(NamedTuple):
    """A metric in an expression, and the matchers of its labels: the operator and the text."""

    metric: str
    matchers: dict[str, tuple[str, str]]


def uses(expression: str) -> Iterator[Use]:
    """Yield each metric of an expression."""
    rest = re.sub(r"\[[^\]]*\]", "", GROUPING.sub("", expression))
    for name, matchers in SELECTOR.findall(rest):
        if name not in KEYWORDS:
            found = MATCHER.findall(matchers)
            yield Use(name, {label: (operator, text[1:-1]) for label, operator, text in found})


def grouped(expression: str) -> set[str]:
    """Return the labels by which an expression groups."""
    return {label.strip() for group in GROUPING.findall(expression) for label in group.split(",")}


def test_the_metrics_and_labels_of_an_expression_are_found() -> None:
    expression = (
        'histogram_quantile(0.9, sum by (le, job) (rate(a_bucket{x="{1}", y!~"b(c)"}[5m])))'
        " > 2 * b_total unless on(instance) c:d or vector(0)"
    )
    assert grouped(expression) == {"le", "job", "instance"}
    assert list(uses(expression)) == [
        Use("a_bucket", {"x": ("=", "{1}"), "y": ("!~", "b(c)")}),
        Use("b_total", {}),
        Use("c:d", {}),
    ]


@pytest.fixture
async def exposed() -> dict[str, set[str]]:
    """Return the labels of each sample of a worker that has synced."""
    labels: dict[str, set[str]] = {"up": set()}
    for family in await samples.of_a_serving_process():
        for sample in family.samples:
            labels.setdefault(sample.name, set()).update(sample.labels)
    return labels


async def test_each_expression_uses_metrics_and_labels_that_exist(
    exposed: dict[str, set[str]],
) -> None:
    for title, expression in {**ALERTS, **QUERIES}.items():
        found = list(uses(expression))
        assert found, title
        for metric, matchers in found:
            assert metric in exposed, title
            assert matchers.keys() <= exposed[metric] | TARGET, (title, metric)
        assert grouped(expression) <= TARGET.union(*(exposed[each.metric] for each in found)), title


def test_each_value_of_a_label_exists() -> None:
    known = {
        "limit": set(Limit),
        "source": set(Source),
        "operation": operations(),
        "job": {"landing", "$job"},
    }
    for title, expression in {**ALERTS, **QUERIES}.items():
        for use in uses(expression):
            for label, (_, text) in use.matchers.items():
                assert text in known[label], title


def operations() -> set[str]:
    """Return the operations whose errors are counted."""
    return {
        sample.labels["operation"]
        for counter in (errors.redis, errors.database)
        for metric in measures.collect(counter)
        for sample in metric.samples
    }


def test_each_alert_has_a_summary_and_a_section_that_explains_it() -> None:
    assert len({rule["alert"] for rule in RULES}) == len(RULES) == 12
    page = (ROOT / "docs/monitoring.md").relative_to(ROOT)
    sections = set()
    for rule in RULES:
        assert rule["labels"]["severity"] in ("critical", "warning")
        assert rule["annotations"]["summary"]
        file, _, anchor = rule["annotations"]["runbook"].partition("#")
        assert file == str(page)
        assert anchor in anchors(page), rule["alert"]
        sections.add(anchor)
    assert len(sections) == len(RULES)


def test_a_drain_is_too_long_before_the_supervisor_ends_it() -> None:
    limit_seconds = float(ALERTS["LandingDrainTooLong"].rpartition(" > ")[2])
    assert DRAIN_SECONDS + FINISH_SECONDS < limit_seconds < STOP_SECONDS - MAX_SECONDS


def test_the_labels_in_a_summary_are_those_of_the_alert() -> None:
    for rule in RULES:
        named = set(re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]))
        grouping = re.match(r"sum by \(([^)]*)\)", rule["expr"])
        kept = set(grouping[1].split(", ")) if grouping else TARGET
        assert named <= kept, rule["alert"]


def test_each_alert_of_the_documentation_has_a_rule() -> None:
    text = (ROOT / "docs/monitoring.md").read_text()
    section = text.partition("\n## Alerts\n")[2].partition("\n## ")[0]
    assert section.count("\n### ") == len(RULES)


def test_the_dashboard_asks_for_its_data_source_and_job() -> None:
    variables = {each["name"]: each for each in DASHBOARD["templating"]["list"]}
    assert variables["datasource"]["type"] == "datasource"
    assert variables["datasource"]["query"] == "prometheus"
    assert list(variables) == ["datasource", "job"]
    for each in [variables["job"], *GRAPHS, *(t for panel in GRAPHS for t in panel["targets"])]:
        assert each["datasource"] == {"type": "prometheus", "uid": "${datasource}"}


def test_panels_have_ids_titles_and_places_of_their_own() -> None:
    assert len({panel["id"] for panel in PANELS}) == len(PANELS)
    assert len({panel["title"] for panel in PANELS}) == len(PANELS)
    for one, other in combinations((panel["gridPos"] for panel in PANELS), 2):
        assert (
            one["x"] + one["w"] <= other["x"]
            or other["x"] + other["w"] <= one["x"]
            or one["y"] + one["h"] <= other["y"]
            or other["y"] + other["h"] <= one["y"]
        )
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in PANELS)
