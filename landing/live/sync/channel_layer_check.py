"""Try the publish and subscribe path of the channel layer, if it is the one in Redis.

Other layers raise their errors.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ... import conf
from ..presence.contract import PresenceError
from .channel_layer import PUBSUB_LAYER, read_config
from .group import GROUP


async def find_problem() -> PresenceError | None:
    """Return why messages would not reach other processes, or None."""
    config = _read_pubsub_config()
    if config is None:
        return None
    from ..presence.redis import pubsub_trial

    return await pubsub_trial.find_problem(config, GROUP, _timeout_seconds())


async def count_members() -> int | None:
    """Return how many processes receive the messages of the group, or None if that is unknown.

    Raises PresenceError.
    """
    config = _read_pubsub_config()
    if config is None:
        return None
    from ..presence.redis import pubsub_trial

    return await pubsub_trial.count_members(config, GROUP, _timeout_seconds())


def _read_pubsub_config() -> Mapping[str, Any] | None:
    """Return the options of the pub/sub layer of channels_redis; None for another layer."""
    layer = read_config()
    if layer.get("BACKEND") != PUBSUB_LAYER:
        return None
    config: Mapping[str, Any] = layer.get("CONFIG", {})
    return config


def _timeout_seconds() -> float:
    return conf.read().LANDING_REDIS_TIMEOUT_SECONDS
