"""The filter of the dashboard: values of columns, such as one page, one referrer, or both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from ...analytics.recording import clean_path

#: The query parameter of each column.
PARAMETERS = {
    "path": "page",
    "referrer_host": "referrer",
    "utm_source": "source",
    "utm_campaign": "campaign",
    "language": "language",
    "width": "width",
}
LABELS = {
    "path": "Page",
    "referrer_host": "Referrer",
    "utm_source": "Source",
    "utm_campaign": "Campaign",
    "language": "Language",
    "width": "Window",
}


@dataclass(frozen=True, slots=True)
class Filter:
    """The values of columns that analytics rows must have; empty: any value."""

    path: str = ""
    referrer_host: str = ""
    utm_source: str = ""
    utm_campaign: str = ""
    language: str = ""
    width: str = ""

    def __bool__(self) -> bool:
        return bool(self.conditions)

    @property
    def conditions(self) -> dict[str, str]:
        """Return the values by column, as arguments of a query set's ``filter``."""
        return {column: value for column in PARAMETERS if (value := getattr(self, column))}

    @property
    def parameters(self) -> dict[str, str]:
        """Return the values by query parameter."""
        return {PARAMETERS[column]: value for column, value in self.conditions.items()}

    @property
    def query(self) -> str:
        """Return the query string that selects this filter."""
        return urlencode(self.parameters)

    def including(self, column: str, value: str) -> Filter:
        """Return this filter with another value; empty removes the column."""
        return replace(self, **{column: value})


def choose(parameters: Mapping[str, str]) -> Filter:
    """Return the filter of the query parameters."""
    # As a page view is stored, because a database may refuse other characters.
    return Filter(
        **{column: clean_path(parameters.get(name, "")) for column, name in PARAMETERS.items()}
    )
