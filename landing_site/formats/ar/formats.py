"""Numbers in Arabic as browsers group them; Django does it otherwise."""

from __future__ import annotations

THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3
