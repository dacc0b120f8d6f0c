"""The e-mail with the figures of a week, as text and as HTML in the colors of the brand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import get_language_bidi, gettext

from .. import conf
from ..admin.dashboard.changes import Change, compare
from ..admin.dashboard.lists.entries import TopEntry
from ..admin.dashboard.queries import DashboardData
from ..admin.site_time import DATE_AND_CLOCK, format_days, format_time, zone_name
from ..analytics import referrers
from ..brand import current, palette
from ..page.formatting import number

TEXT, HTML = "landing/summary/weekly.txt", "landing/summary/weekly.html"
#: Length of a list.
TOP = 5


class Figure(NamedTuple):
    """A figure of the week, with its change and the figure of the week before."""

    title: str
    value: str
    change: Change
    before: str


class Line(NamedTuple):
    """An entry of a list."""

    name: str
    value: str
    change: Change


class Section(NamedTuple):
    """A list with its title and the text for an empty one."""

    title: str
    lines: list[Line]
    empty: str


def build(data: DashboardData, recipients: Iterable[str]) -> EmailMultiAlternatives:
    """Return the message about the range of ``data``, in ``LANGUAGE_CODE``."""
    with translation.override(settings.LANGUAGE_CODE):
        context = _context(data)
        subject = gettext("%(brand)s: the week of %(days)s") % {
            "brand": context["brand"].name,
            "days": context["days"],
        }
        message = EmailMultiAlternatives(
            # A name in the admin may have line breaks, which a header must not.
            " ".join(subject.split()),
            render_to_string(TEXT, context),
            to=list(recipients),
        )
        message.attach_alternative(render_to_string(HTML, context), "text/html")
    # Out-of-office replies are for people (RFC 3834).
    message.extra_headers["Auto-Submitted"] = "auto-generated"
    return message


def _context(data: DashboardData) -> dict[str, Any]:
    brand = current.current()
    colors = palette.build(brand.color)
    shown, before = data.shown, data.shown.before
    return {
        "brand": brand,
        "colors": colors,
        # Templates cannot read a name with a hyphen.
        "on_fill": colors.light["on-fill"],
        "on_fill_dark": colors.dark["on-fill"],
        "language": settings.LANGUAGE_CODE,
        "direction": "rtl" if get_language_bidi() else "ltr",
        "days": format_days(shown.first, shown.last),
        "days_before": format_days(before.first, before.last),
        "zone": zone_name(),
        "figures": _figures(data),
        "sections": _sections(data),
        "has_demo": data.has_demo,
        "url": conf.read().LANDING_SUMMARY_URL,
    }


def _figures(data: DashboardData) -> list[Figure]:
    now, before = data.figures, data.figures_before
    peak, peak_before = (each and each.people for each in (now.peak, before.peak))
    title = gettext("Most people at once")
    if now.peak:
        title += f" ({format_time(now.peak.at, DATE_AND_CLOCK)})"
    return [
        _figure(gettext("Visitors"), now.visitors, before.visitors),
        _figure(gettext("Page views"), now.page_views, before.page_views),
        _figure(title, peak, peak_before),
    ]


def _figure(title: str, value: int | None, before: int | None) -> Figure:
    return Figure(title, number(value), compare(value, before), number(before))


def _sections(data: DashboardData) -> list[Section]:
    hosts = [entry for entry in data.referrers if referrers.is_shown(entry.name)]
    goals = [
        Line(goal.name, number(goal.now), compare(goal.now, goal.before))
        for goal in data.goals[:TOP]
    ]
    sections = [
        Section(gettext("Top pages"), _lines(data.pages), gettext("No page views.")),
        Section(gettext("Top referrers"), _lines(hosts), gettext("No visits from other sites.")),
    ]
    return [*sections, Section(gettext("Goals"), goals, "")] if goals else sections


def _lines(entries: Iterable[TopEntry]) -> list[Line]:
    top = list(entries)[:TOP]
    return [
        Line(each.name, number(each.page_views), compare(each.page_views, each.before))
        for each in top
    ]
