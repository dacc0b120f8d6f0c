"""Demo data for trying the dashboard.

:mod:`.visits` simulates visits that arrive with :mod:`.traffic` and take the paths of
:mod:`.journeys` on the :mod:`.devices` of their visitors. :mod:`.rows` derives analytics rows from
them, :mod:`.samples` derives samples, :mod:`.places` the people by page, and :mod:`.stays` the
lengths of visits, so that all of them agree. An analytics row is marked as demo data by ``data`` =
``{"demo": true}``, a sample by ``is_demo``, and a count of stays by ``demo_stays``. The command
``seed_analytics`` writes the rows.
"""

from .places import PlaceTrails
from .rows import analytics_rows, stored_rows
from .samples import count_samples, real_minutes, stored_samples
from .stays import count_stays
from .visits import Visit, simulate_visits, start_of

__all__ = [
    "PlaceTrails",
    "Visit",
    "analytics_rows",
    "count_samples",
    "count_stays",
    "real_minutes",
    "simulate_visits",
    "start_of",
    "stored_rows",
    "stored_samples",
]
