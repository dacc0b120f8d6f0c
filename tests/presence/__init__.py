"""Presence: one contract for every backend, and random histories."""

import pytest

pytest.register_assert_rewrite("tests.presence.contract", "tests.presence.simulation")
