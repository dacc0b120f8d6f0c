"""Numbers, ages and the few words of scripts, in the language of the page.

The browser's scripts write the same later, with ``Intl``: what they find must look as
they would have written it, or the page flickers. Knows no template and no snapshot.
"""

from __future__ import annotations

from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext

#: Stands for a number that is not known, which is never 0.
UNKNOWN = "–"

MINUTE, HOUR, DAY = 60, 3_600, 86_400


def number(value: int | None) -> str:
    """``1,234,567``, as the page's language groups it."""
    return UNKNOWN if value is None else str(number_format(value, force_grouping=True))


def ago(seconds: float) -> str:
    """``2 minutes ago``, in the largest unit that fits; ``now`` for less than a second."""
    whole = int(seconds)
    if whole < 1:
        return gettext("now")
    if whole < MINUTE:
        text, count = ngettext("%(count)d second ago", "%(count)d seconds ago", whole), whole
    elif whole < HOUR:
        count = whole // MINUTE
        text = ngettext("%(count)d minute ago", "%(count)d minutes ago", count)
    elif whole < DAY:
        count = whole // HOUR
        text = ngettext("%(count)d hour ago", "%(count)d hours ago", count)
    else:
        count = whole // DAY
        text = ngettext("%(count)d day ago", "%(count)d days ago", count)
    return text % {"count": count}


def window(minutes: int) -> str:
    """How the visitors of the last so many minutes are called."""
    return ngettext(
        "active in the last minute", "active in the last %(minutes)d minutes", minutes
    ) % {"minutes": minutes}
