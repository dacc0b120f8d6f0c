"""Print how many user agents of public lists the rules judge as programs.

The lists of device-detector and crawler-user-agents come with their packages. Other lists are text
files or isbot's YAML files, with one user agent per line:

    python -m scripts.agent_figures --programs crawlers.yml --people browsers.yml
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Callable, Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import django

#: A user agent in a file of device-detector. It quotes some, and doubles a quote in a text.
FIXTURE = re.compile(r"^[ -]*user_agent: *(.+)$", re.MULTILINE)
#: Files of device-detector that list no devices: bots, and apps that are not browsers.
NOT_DEVICES = {"bots", "feed_reader", "mediaplayer", "mobile_apps", "podcasting", "unknown"}


#: Reads the user agents of one list.
Read = Callable[[], list[str]]


class Figures(NamedTuple):
    """One list: how many of its clients are judged as programs."""

    name: str
    clients: int
    programs: tuple[str, ...]

    @property
    def percent(self) -> float:
        """Return the share of programs in percent."""
        return 100 * len(self.programs) / self.clients


def judge(name: str, user_agents: Iterable[str]) -> Figures:
    """Return the figures of one list. A user agent that repeats counts once."""
    from landing.visitors.bots import is_program

    clients = dict.fromkeys(user_agents)
    return Figures(name, len(clients), tuple(filter(is_program, clients)))


def crawler_user_agents() -> list[str]:
    """Return the examples of the package crawler-user-agents, which are named bots."""
    # Importing it reads all of its data.
    import crawleruseragents

    entries = crawleruseragents.CRAWLER_USER_AGENTS_DATA
    return [each for entry in entries for each in entry["instances"]]


def device_detector_bots() -> list[str]:
    """Return the named bots of the package device-detector."""
    return _read_fixture(_fixtures() / "bots.yml")


def device_detector_devices() -> list[str]:
    """Return the phones, tablets, televisions, and other devices of the package device-detector."""
    files = sorted(_fixtures().glob("*.yml"))
    return [each for file in files if file.stem not in NOT_DEVICES for each in _read_fixture(file)]


def read_list(file: Path) -> list[str]:
    """Return the user agents of a text file, or of a YAML file of isbot."""
    lines = file.read_text(encoding="utf-8").splitlines()
    if file.suffix in {".yml", ".yaml"}:
        lines = [line.strip()[2:] for line in lines if line.strip().startswith("- ")]
    return [agent for line in lines if (agent := _unquote(line))]


def _fixtures() -> Path:
    # The package itself is not imported, because it takes a second.
    package = find_spec("device_detector")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("device-detector is not installed. Run: make lint")
    return Path(package.origin).parent / "tests" / "fixtures" / "upstream"


def _read_fixture(file: Path) -> list[str]:
    return [_unquote(each) for each in FIXTURE.findall(file.read_text(encoding="utf-8"))]


def _unquote(text: str) -> str:
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1].replace("''", "'")
    if len(text) > 1 and text[0] == text[-1] == '"':
        return text[1:-1].replace('\\"', '"')
    return text


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m scripts.agent_figures", description=__doc__)
    for option in ("--programs", "--people"):
        parser.add_argument(option, type=Path, nargs="*", default=[], metavar="FILE")
    parser.add_argument("--show", action="store_true", help="print each wrong judgment")
    return parser.parse_args()


def main() -> None:
    """Judge all lists, and print a line for each."""
    options = _parse_arguments()
    os.environ.setdefault("DEBUG", "true")
    os.environ.setdefault("LANDING_COUNT_HEADLESS_BROWSERS", "false")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "landing_site.settings")
    django.setup()
    programs = {
        "device-detector, bots": device_detector_bots(),
        "crawler-user-agents": crawler_user_agents(),
        **{file.name: read_list(file) for file in options.programs},
    }
    people = {
        "device-detector, devices": device_detector_devices(),
        **{file.name: read_list(file) for file in options.people},
    }
    _print("programs", programs, show=options.show)
    _print("people", people, show=options.show)


def _print(title: str, lists: dict[str, list[str]], *, show: bool) -> None:
    """Print the share of each list, and with ``show`` the clients that are judged wrongly."""
    sys.stdout.write(f"{title}: judged as programs\n")
    for name, agents in lists.items():
        figures = judge(name, agents)
        sys.stdout.write(
            f"  {name:26} {len(figures.programs):6,} of {figures.clients:6,}"
            f" {figures.percent:6.2f} %\n"
        )
        wrong = set(figures.programs) ^ (set(agents) if title == "programs" else set())
        sys.stdout.writelines(f"    {agent}\n" for agent in sorted(wrong) if show)


if __name__ == "__main__":
    main()
