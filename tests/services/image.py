"""Build an image without Docker: run the steps of a Dockerfile in an empty directory.

It knows the instructions that the project uses, and raises for others.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.services.site import ROOT

#: Commands for which this machine already has the result: packages, and users.
PROVIDED = re.compile(r"useradd |python -m venv |\S*python -m pip install ")


@dataclass
class Stage:
    """One ``FROM`` with the instructions that follow it."""

    image: str
    instructions: list[tuple[str, str]] = field(default_factory=list)

    def all(self, name: str) -> list[str]:
        """Return the arguments of all instructions with a name."""
        return [arguments for each, arguments in self.instructions if each == name]

    def last(self, name: str) -> str:
        """Return the arguments of the instruction that counts."""
        return self.all(name)[-1]

    @property
    def environment(self) -> dict[str, str]:
        """Return the variables of the image."""
        return dict(each.split("=", 1) for each in self.all("ENV"))


def read_stages(text: str) -> list[Stage]:
    """Return the stages of a Dockerfile. Each instruction is one line."""
    stages: list[Stage] = []
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        name, arguments = line.split(" ", 1)
        if name == "FROM":
            stages.append(Stage(arguments.partition(" AS ")[0]))
        else:
            stages[-1].instructions.append((name, arguments))
    return stages


def read_ignored(text: str) -> list[tuple[re.Pattern[str], bool]]:
    """Return the patterns of a ``.dockerignore``, and whether each excludes."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(_compile(line.removeprefix("!")), not line.startswith("!")) for line in lines]


def _compile(pattern: str) -> re.Pattern[str]:
    """Translate a pattern. It also matches everything below a directory."""
    parts = {"**/": "(?:.*/)?", "*": "[^/]*"}
    found = re.split(r"(\*\*/|\*)", pattern)
    return re.compile("".join(parts.get(part, re.escape(part)) for part in found) + "(?:/.*)?")


def context(root: Path = ROOT) -> Iterator[str]:
    """Yield the files that Docker would send, as paths relative to the root."""
    patterns = read_ignored((root / ".dockerignore").read_text())
    for directory, folders, files in os.walk(root):
        here = Path(directory).relative_to(root)
        # Docker scans excluded directories, because a pattern may include a file there. The
        # patterns of the project include none, and .venv is large.
        folders[:] = [name for name in folders if _is_included(str(here / name), patterns)]
        yield from (str(here / name) for name in files if _is_included(str(here / name), patterns))


def _is_included(path: str, patterns: Sequence[tuple[re.Pattern[str], bool]]) -> bool:
    """Return whether the last pattern that matches includes the path."""
    matching = [excludes for pattern, excludes in patterns if pattern.fullmatch(path)]
    return not matching or not matching[-1]


class Image:
    """The last stage of the Dockerfile, in a directory of this machine."""

    def __init__(self, directory: Path, static: Path) -> None:
        """Copy and run what the stage demands. ``static`` has the collected files.

        Collecting them again takes many seconds, so the command only finds them.
        """
        self.directory = directory
        *_, self.stage = read_stages((ROOT / "Dockerfile").read_text())
        for name, arguments in self.stage.instructions:
            if name == "COPY":
                self._copy(arguments.split())
            elif name == "RUN" and not PROVIDED.match(arguments):
                self._run(arguments, static)
            elif name not in {
                *("RUN", "WORKDIR", "ENV", "USER", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "CMD")
            }:
                raise ValueError(f"unknown instruction {name}")

    def environment(self, variables: Mapping[str, str]) -> dict[str, str]:
        """Return the environment of a container. It inherits nothing from this machine."""
        here = {
            name: value.replace(self.stage.last("WORKDIR"), str(self.directory))
            for name, value in self.stage.environment.items()
        }
        return {**here, **variables}

    def start(
        self, command: Sequence[str], variables: Mapping[str, str], log: Path
    ) -> subprocess.Popen[bytes]:
        """Start a command as Docker starts it."""
        environment = self.environment(variables)
        program = shutil.which(command[0], path=environment["PATH"])
        assert program is not None, command
        with log.open("ab") as output:
            return subprocess.Popen(
                [program, *command[1:]],
                cwd=self.directory,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    @property
    def command(self) -> list[str]:
        """Return the command of a container."""
        command: list[str] = json.loads(self.stage.last("CMD"))
        return command

    @property
    def health_check(self) -> list[str]:
        """Return the command of the health check."""
        check: list[str] = json.loads(self.stage.last("HEALTHCHECK").partition(" CMD ")[2])
        return check

    def files(self) -> dict[str, int]:
        """Return all files, with the time of the last change."""
        return {
            str(path.relative_to(self.directory)): path.stat().st_mtime_ns
            for path in self.directory.rglob("*")
            if path.is_file()
        }

    def _run(self, command: str, static: Path) -> None:
        if is_collecting := "manage.py collectstatic" in command:
            command += " --dry-run"
        subprocess.run(
            ["sh", "-c", command], cwd=self.directory, env=self.environment({}), check=True
        )
        if is_collecting:
            (self.directory / "staticfiles").symlink_to(static)

    def _copy(self, arguments: Sequence[str]) -> None:
        if arguments[0] == "--from=packages":
            # The packages of this test run, instead of an installation.
            (self.directory / ".venv").symlink_to(sys.prefix)
            return
        assert arguments == [".", "."], shlex.join(arguments)
        for path in context():
            (self.directory / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / path, self.directory / path)
