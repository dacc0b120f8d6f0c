"""24-hour times, and dates that read the same in every country.

The lists of :mod:`landing.admin` have the same formats in any project. This module gives them to
the pages that Django renders itself, such as the history of an object.
"""

from __future__ import annotations

DATE_FORMAT = "j M Y"
DATETIME_FORMAT = "j M Y, H:i"
TIME_FORMAT = "H:i"
SHORT_DATE_FORMAT = DATE_FORMAT
SHORT_DATETIME_FORMAT = DATETIME_FORMAT
