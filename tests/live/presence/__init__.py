"""Presence: one contract for every backend, and random histories."""

import pytest

pytest.register_assert_rewrite("tests.live.presence.contract", "tests.live.presence.simulation")
