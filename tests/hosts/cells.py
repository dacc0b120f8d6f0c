"""The cells of the matrix: an environment with one Python and one release of Django each."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.hosts import pythons, wheel
from tests.services import children

#: The releases of Django, with the oldest Python that each supports.
DJANGO = {"5.2": "3.11", "6.0": "3.12"}
#: Packages that a host may add, all for one of the servers in the guide or for a host itself.
OF_HOSTS = ("daphne", "uvicorn", "websockets", "hypercorn", "servestatic")
INSTALL_SECONDS = 600


@dataclass(frozen=True)
class Cell:
    """One combination of versions. ``oldest``: the lowest versions that the wheel allows."""

    python: str
    django: str
    oldest: bool = False

    def __str__(self) -> str:
        kind = ", lowest versions" if self.oldest else ""
        return f"Python {self.python}, Django {self.django}{kind}"

    def constraints(self, built: Path) -> list[str]:
        """Return the versions to which the resolver is bound."""
        own = f"{wheel.NAME}=={wheel.metadata(built)['Version']}"
        if not self.oldest:
            return [own, f"Django~={self.django}.0"]
        needed = [*wheel.requirements(built), *wheel.requirements(built, "redis")]
        return [own, *map(wheel.lowest, needed)]


def oldest() -> Cell:
    """Return the cell with the oldest versions of everything."""
    return Cell(pythons.available()[0], next(iter(DJANGO)), oldest=True)


def newest() -> Cell:
    """Return the cell with the newest versions that this machine can run."""
    python = pythons.available()[-1]
    return Cell(
        python, [name for name, since in DJANGO.items() if _number(since) <= _number(python)][-1]
    )


def matrix() -> list[Cell]:
    """Return all cells that this machine can run, and the one with the lowest versions first."""
    return [
        oldest(),
        *(
            Cell(python, django)
            for django, since in DJANGO.items()
            for python in pythons.available()
            if _number(since) <= _number(python)
        ),
    ]


def _number(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


class Environment:
    """A new virtual environment of a cell.

    All packages that pip may install are downloaded first, so an installation has no download in
    its time. pip then finds those files only, with the resolver that everybody has.
    """

    def __init__(self, cell: Cell, built: Path, directory: Path) -> None:
        """Create the environment for the wheel ``built`` in a directory that does not exist."""
        self.cell = cell
        self._directory = directory
        self._downloads = directory / "downloads"
        self._constraints = directory / "constraints.txt"
        interpreter = pythons.find(cell.python)
        assert interpreter is not None, cell
        self._downloads.mkdir(parents=True)
        self._constraints.write_text("\n".join(cell.constraints(built)) + "\n")
        run([str(interpreter), "-m", "venv", str(directory / "venv")], dict(os.environ))
        self._download(built)

    @property
    def programs(self) -> Path:
        """Return the directory of the environment's Python."""
        return self._directory / "venv" / "bin"

    def variables(self) -> dict[str, str]:
        """Return the variables of a shell in which the environment is active."""
        inherited = {
            name: os.environ[name] for name in ("HOME", "LANG", "LC_ALL") if name in os.environ
        }
        return {
            **inherited,
            "PATH": os.pathsep.join([str(self.programs), os.defpath]),
            "VIRTUAL_ENV": str(self._directory / "venv"),
            "PIP_CONSTRAINT": str(self._constraints),
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_FIND_LINKS": str(self._downloads),
            "PIP_NO_INDEX": "1",
        }

    def pip(self, *arguments: str) -> None:
        """Run pip, without any download."""
        run([str(self.programs / "python"), "-m", "pip", "--quiet", *arguments], self.variables())

    def _download(self, built: Path) -> None:
        wanted: Sequence[str] = [
            f"Django~={self.cell.django}.0",
            f"{wheel.NAME}[redis] @ {built.as_uri()}",
            *OF_HOSTS,
        ]
        given = {**os.environ, "PIP_CONSTRAINT": str(self._constraints)}
        command = [str(self.programs / "python"), "-m", "pip", "download", "--quiet"]
        run([*command, "--dest", str(self._downloads), *wanted], given)
        shutil.copy(built, self._downloads)


def run(command: Sequence[str], variables: dict[str, str]) -> None:
    """Run a command to its end. Raise RuntimeError with its output if it fails."""
    done = children.run(
        command,
        INSTALL_SECONDS,
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stdout}")
