"""How often the rules for user agents are right, on the public lists of two packages."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts import agent_figures

MIN_PROGRAMS_PERCENT = 90
MAX_PEOPLE_PERCENT = 0.1


@pytest.mark.parametrize(
    ("read", "clients"),
    [
        (agent_figures.device_detector_bots, 1_300),
        (agent_figures.crawler_user_agents, 2_000),
    ],
)
def test_named_bots_are_programs(read: agent_figures.Read, clients: int) -> None:
    figures = agent_figures.judge("bots", read())

    assert figures.clients >= clients
    assert figures.percent >= MIN_PROGRAMS_PERCENT


def test_devices_are_people() -> None:
    """Every fifth device, because all of them take seconds."""
    figures = agent_figures.judge("devices", agent_figures.device_detector_devices()[::5])

    assert figures.clients >= 7_000
    assert figures.percent <= MAX_PEOPLE_PERCENT, figures.programs


def test_a_list_may_be_a_text_file_or_a_yaml_file_of_isbot(tmp_path: Path) -> None:
    text, yaml = tmp_path / "list.txt", tmp_path / "list.yml"
    text.write_text("curl/8\n\ncurl/8\nFoobot/1\nMozilla/5.0 (X11) Firefox/140\n")
    yaml.write_text("# bots\nFoo:\n  - 'It''s a bot'\n  - \"Foo: \\\"bot\\\"\"\n  - curl/8\n")

    assert agent_figures.read_list(yaml) == ["It's a bot", 'Foo: "bot"', "curl/8"]
    figures = agent_figures.judge("list", agent_figures.read_list(text))
    assert (figures.clients, figures.programs) == (3, ("curl/8", "Foobot/1"))
    assert round(figures.percent) == 67
