"""A recount of what Redis stores about networks, places, and stays, from the ids that count."""

from __future__ import annotations

from collections import Counter

import redis

from landing.live.presence.contract import KeyType


def assert_networks_are_exact(client: redis.Redis) -> None:
    """Fail if a visitor that is gone has a network, or if the size of a network is wrong."""
    with client.pipeline() as pipeline:
        for key_type in (KeyType.VISITOR, KeyType.SIGNED):
            pipeline.hkeys(f"{{test}}:held:{key_type.value}")
            pipeline.zrange(f"{{test}}:lingering:{key_type.value}", 0, -1)
        pipeline.hgetall("{test}:network_of")
        pipeline.zrange("{test}:networks", 0, -1, withscores=True)
        held, lingering, held_marks, lingering_marks, network_of, sizes = pipeline.execute()
    visitors, marks = {*held, *lingering}, {*held_marks, *lingering_marks}
    assert marks <= visitors, "a mark outlives its visitor"
    assert set(network_of) <= visitors, "a visitor that is gone has a network"
    anonymous = set(network_of) - marks
    assert dict(sizes) == Counter(network_of[visitor] for visitor in anonymous)


def assert_stays_are_of_visitors_that_count(client: redis.Redis) -> None:
    """Fail if a visitor that is gone is measured, or if one that is held is leaving."""
    with client.pipeline() as pipeline:
        pipeline.hkeys("{test}:held:v")
        pipeline.zrange("{test}:lingering:v", 0, -1, withscores=True)
        pipeline.hkeys("{test}:arrivals")
        pipeline.zrange("{test}:leaving", 0, -1, withscores=True)
        held, lingering, measured, leaving = pipeline.execute()
    assert set(measured) <= {*held, *dict(lingering)}
    assert dict(leaving).items() <= dict(lingering).items()
    assert set(dict(leaving)) == set(measured) & set(dict(lingering))


def assert_places_are_exact(client: redis.Redis) -> None:
    """Fail if somebody who is gone has a place, or if the count of a place is wrong."""
    with client.pipeline() as pipeline:
        for key_type in KeyType:
            pipeline.hkeys(f"{{test}}:held:{key_type.value}")
            pipeline.zrange(f"{{test}}:lingering:{key_type.value}", 0, -1)
        pipeline.hgetall("{test}:place_of:v")
        pipeline.hgetall("{test}:place_of:u")
        pipeline.zrange("{test}:places", 0, -1, withscores=True)
        pipeline.hget("{test}:meta", "placed")
        *present, places_of_visitors, places_of_users, scores, placed = pipeline.execute()
    visitors, marks, users = ({*present[i], *present[i + 1]} for i in (0, 2, 4))
    assert set(places_of_visitors) <= visitors, "a visitor that is gone has a place"
    assert set(places_of_users) <= users, "a user that is gone has a place"
    anonymous = set(places_of_visitors) - marks
    expected = Counter(places_of_visitors[visitor] for visitor in anonymous)
    expected.update(places_of_users.values())
    assert {place: -score for place, score in scores} == expected
    assert int(placed or 0) == expected.total()
