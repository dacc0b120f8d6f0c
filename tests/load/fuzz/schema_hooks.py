"""Hooks of Schemathesis: the documented rules that a JSON schema cannot express.

Schemathesis loads this module in its own process. A request that the schema allows may only be
rejected for one of these reasons.
"""

from __future__ import annotations

import re
from typing import Any

import schemathesis

REJECTED = "RejectedPositiveData"
REASONS = re.compile(
    r"Must not be in the future\.|Must not be before 1970\.|Must equal the Idempotency-Key header\."
    r"|This field may not be blank\.|Must have 1 to \d+ printable characters\."
    r"|Must be at most \d+ bytes of JSON\.|Must have at most \d+ levels\."
    r"|Must not contain NUL characters\.|Null characters are not allowed\."
    r"|Surrogate characters are not allowed: .*|Must be a JSON object\."
    r"|Already published with another (kind|text|actor|data)\."
)


@schemathesis.hook
def filter_failure(context: Any, failure: Any, case: Any, response: Any) -> bool:
    """Return whether the failure is one. A documented reason of a 400 is not."""
    if type(failure).__name__ != REJECTED or response.status_code != 400:
        return True
    errors = response.json()
    texts = [text for field in errors.values() for text in field]
    return not all(REASONS.fullmatch(text) for text in texts)
