"""How often this process refused, closed, or left out something because of a limit."""

from __future__ import annotations

from enum import StrEnum
from http import HTTPStatus

from ..measures import counter


class Limit(StrEnum):
    """The limits that count their hits. The values are a label of a metric."""

    REQUESTS = "requests"  #: requests of a network
    HANDSHAKES = "handshakes"  #: handshakes of a network
    CONNECTIONS = "connections"  #: open connections of a network
    NEW_CONNECTIONS = "new_connections"  #: connections that a network opens
    OPEN_FILES = "open_files"  #: open files of the process
    REQUEST_TIME = "request_time"  #: time for a request to arrive
    BODY_BYTES = "body_bytes"  #: size of a request body
    FRAMES = "frames"  #: frames of a connection or a network: closed with 1008
    FRAME_BYTES = "frame_bytes"  #: size of a frame
    BAD_FRAMES = "bad_frames"  #: invalid frames of a connection: closed with 4400
    SLOW_CONSUMERS = "slow_consumers"  #: unread bytes of a connection: closed with 4408
    PLACES = "places"  #: places that have people: the person is elsewhere
    BAD_PLACES = "bad_places"  #: invalid places of connections: the person is elsewhere
    VISITOR_CONNECTIONS = "visitor_connections"  #: connections of a visitor: closed with 4429
    VISITOR_ROWS = "visitor_rows"  #: visitors of a network that leave rows
    ACTIVITIES = "activities"  #: activities that reach the pages
    STATS_API = "stats_api"  #: reads of the API by an address
    PUBLISH_API = "publish_api"  #: publishing requests of a token or a user
    LOGINS = "logins"  #: logins to the admin
    SHARED_LINKS = "shared_links"  #: wrong links to the dashboard


hits = counter("limits_hit", "Refusals because of a limit.", "limit")
#: Each limit has a sample from the start, so that its first hit is a change.
_by_limit = {limit: hits.labels(limit.value) for limit in Limit}
_OF_STATUS = {
    HTTPStatus.REQUEST_TIMEOUT: Limit.REQUEST_TIME,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: Limit.BODY_BYTES,
}


def count(limit: Limit, times: int = 1) -> None:
    """Count hits. Thread-safe."""
    _by_limit[limit].inc(times)


def count_status(status: HTTPStatus) -> None:
    """Count a refusal whose status names the limit; 429 has several, which count themselves."""
    if status in _OF_STATUS:
        count(_OF_STATUS[status])
