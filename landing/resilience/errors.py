"""Failed calls of Redis and of the database in this process, by operation."""

from __future__ import annotations

from ..measures import counter

redis = counter("redis_errors", "Failed calls of Redis or the channel layer.", "operation")
database = counter("database_errors", "Failed calls of the database.", "operation")
