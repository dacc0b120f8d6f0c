"""The e-mail with the figures of a week, as text and as HTML in the colors of the brand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from babel.units import format_unit
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import get_language_bidi, gettext

from .. import conf
from ..admin.dashboard.comparison import Change, compare, compare_seconds
from ..admin.dashboard.lists.entries import TopEntry
from ..admin.dashboard.queries import DashboardData, Figures
from ..admin.site_time import DATE_AND_CLOCK, format_days, format_time, zone_name
from ..analytics import referrers
from ..brand import current, palette
from ..page.formatting import UNKNOWN, locale, number
from ..tables.rollups import Dimension

TEXT, HTML = "live_user_counter/summary/weekly.txt", "live_user_counter/summary/weekly.html"
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
    """A list with its title and the text for an empty one. Optional lists are never empty."""

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
        *_stay(now, before),
    ]


def _stay(now: Figures, before: Figures) -> list[Figure]:
    """Return the median stay; none without a stay."""
    seconds, seconds_before = (each.stays and each.stays.median_seconds for each in (now, before))
    if seconds is None:
        return []
    change = compare_seconds(seconds, seconds_before)
    title = gettext("Median stay")
    return [Figure(title, _duration(seconds), change, _duration(seconds_before))]


def _duration(seconds: float | None) -> str:
    """Return a duration with two units at most, such as ``3 min 20 sec``."""
    if seconds is None:
        return UNKNOWN
    minutes, rest = divmod(max(1, round(seconds)), 60)
    hours, minutes_of_hour = divmod(minutes, 60)
    units = {"hour": hours, "minute": minutes_of_hour, "second": 0 if hours else rest}
    return " ".join(
        format_unit(count, f"duration-{unit}", "short", locale=locale())
        for unit, count in units.items()
        if count
    )


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
    more = {
        gettext("Top sources"): _lines(data.dimensions.get(Dimension.SOURCE, ())),
        gettext("Top campaigns"): _lines(data.dimensions.get(Dimension.CAMPAIGN, ())),
        gettext("Goals"): goals,
    }
    return [*sections, *(Section(title, lines, "") for title, lines in more.items() if lines)]


def _lines(entries: Iterable[TopEntry]) -> list[Line]:
    top = list(entries)[:TOP]
    return [
        Line(each.name, number(each.page_views), compare(each.page_views, each.before))
        for each in top
    ]
