"""Try the wheel with every supported Python and Django: ``python -m tests.hosts.matrix``.

``--only "Python 3.12"`` limits the cells by their names, and ``--host plain`` the hosts.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import traceback
from pathlib import Path

from playwright.sync_api import Browser

from tests.hosts import cells, pythons, trial, visit, wheel
from tests.hosts.project import HOST_PROJECTS, Host
from tests.services import children

#: How long the guide may take in a host, from the installation to the number in the browser.
MAX_SECONDS = 60


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="a part of the name of a cell")
    parser.add_argument("--host", choices=[host.name for host in HOST_PROJECTS])
    given = parser.parse_args()
    children.end_on_signals()
    hosts = [host for host in HOST_PROJECTS if given.host in (None, host.name)]
    with tempfile.TemporaryDirectory(prefix="matrix-") as name:
        failures = run(Path(name), given.only, hosts)
    missing = pythons.describe_missing()
    for line in missing:
        print(line)
    if failures:
        sys.exit(f"{failures} failed")


def run(directory: Path, only: str, hosts: list[Host]) -> int:
    """Try the hosts in each cell, print a line for each, and return the number of failures."""
    (directory / "wheel").mkdir()
    built = wheel.build(directory / "wheel")
    print(f"{built.name}: {built.stat().st_size / 1000:.0f} KB")
    failures = 0
    with visit.browser() as browser:
        for number, cell in enumerate(cells.matrix()):
            if only in str(cell):
                failures += try_cell(cell, built, browser, directory / f"cell-{number}", hosts)
    return failures


def try_cell(
    cell: cells.Cell, built: Path, browser: Browser, directory: Path, hosts: list[Host]
) -> int:
    """Try the hosts in a cell, and return the number of failures."""
    begin = time.monotonic()
    environment = cells.Environment(cell, built, directory)
    print(f"{cell}: installed in {time.monotonic() - begin:.0f} s", flush=True)
    failures = 0
    for host in hosts:
        try:
            seconds = trial.follow(host, environment, browser, directory / host.name)
            assert seconds < MAX_SECONDS, f"The guide took {seconds:.0f} s."
        except Exception:  # noqa: BLE001
            traceback.print_exc()
            failures += 1
            print(f"  {host.name}: FAILED", flush=True)
        else:
            print(f"  {host.name}: a live number after {seconds:.0f} s, 0 warnings", flush=True)
    return failures


if __name__ == "__main__":
    main()
