"""A copy of a host project: follow the guide in it, run its commands, and serve it."""

from __future__ import annotations

import ast
import difflib
import os
import shlex
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.hosts import guide
from tests.hosts.cells import Environment
from tests.services import children
from tests.services.other_servers import refuses_connections
from tests.services.ports import HOST, free_port, wait_until

HOSTS = Path(__file__).parent
STRICT = HOSTS / "strict"
COMMAND_SECONDS = 300
#: Texts that no log of a host may contain.
TROUBLE = ("Traceback (most recent call last)", "Exception ignored", "Warning:")
#: Headings in the output of the system checks. A hint under "INFOS" may stay.
FINDINGS = ("WARNINGS:", "ERRORS:", "CRITICALS:")


@dataclass(frozen=True)
class Host:
    """One of the projects in this folder."""

    name: str
    #: Its page with the number: the path below the server, and the template.
    page: str
    template: str
    #: Commands of a deployment that are the host's own matter.
    deployment: tuple[str, ...] = ()
    #: Its page with a form for the e-mail address and the password.
    login: str | None = None
    #: A text that the host's own WebSocket brings to the page.
    message: str | None = None
    #: How it also serves, besides the servers in the guide.
    command: str | None = None


HOST_PROJECTS = (
    Host("plain", "/", "pages/templates/pages/home.html"),
    Host(
        "own_landing",
        "/",
        "landing/templates/landing/home.html",
        ("python manage.py collectstatic --noinput --verbosity 0",),
        login="/accounts/login/",
    ),
    Host(
        "with_consumers",
        "/portal/de/",
        "chat/templates/chat/room.html",
        message="AnonymousUser",
        command="python manage.py runserver --noreload 8000",
    ),
)


class Project:
    """A copy of a host in the directory, which must not exist, with an environment to run it."""

    def __init__(self, host: Host, environment: Environment, directory: Path) -> None:
        self.host = host
        self._environment = environment
        self._original = HOSTS / host.name
        self._directory = directory
        ignored = shutil.ignore_patterns("__pycache__", "*.sqlite3", "staticfiles")
        shutil.copytree(self._original, directory, ignore=ignored)
        self._warnings = directory / "warnings.txt"
        environment.pip("uninstall", "--yes", "django-live-user-counter")
        environment.pip("install", "--requirement", str(directory / "requirements.txt"))

    # -- the guide

    def follow_guide(self) -> None:
        """Carry out every step of the guide, up to the start of a server."""
        self.follow("Steps")
        for command in self.host.deployment:
            self.shell(command)

    def follow(self, heading: str, *replacements: tuple[str, str]) -> None:
        """Carry out all blocks of a section, with other addresses than those of the guide."""
        for block in guide.blocks(heading):
            text = block.text
            for old, new in replacements:
                text = text.replace(old, new)
            if block.language == "shell":
                for command in text.splitlines():
                    self._follow(command)
            elif block.language == "python":
                assert block.file is not None, block
                self._append(self._directory / block.file, text)
            else:
                self._insert(self._directory / self.host.template, text)

    def _follow(self, command: str) -> None:
        output = self.shell(command)
        if command.endswith("check"):
            assert not any(level in output for level in FINDINGS), output

    def _append(self, file: Path, lines: str) -> None:
        with file.open("a", encoding="utf-8") as opened:
            opened.write(f"\n{lines}")

    def _insert(self, template: Path, line: str) -> None:
        """Put a line where the guide wants the number: somewhere in the page's content."""
        before, mark, after = template.read_text(encoding="utf-8").rpartition("</h1>\n")
        assert mark, template
        template.write_text(f"{before}{mark}{line}{after}", encoding="utf-8")

    def changed_lines(self) -> dict[str, list[str]]:
        """Return the lines that the guide changed: ``python``, ``imports``, and ``template``.

        A removed line begins with ``-``.
        """
        changes: dict[str, list[str]] = {"python": [], "imports": [], "template": []}
        for original in sorted(self._original.rglob("*")):
            if original.suffix not in (".py", ".html"):
                continue
            copy = self._directory / original.relative_to(self._original)
            for line in _changes(original.read_text(), copy.read_text()):
                kind = "template" if original.suffix == ".html" else _kind(line)
                changes[kind].append(line)
        return changes

    # -- commands and servers

    def shell(self, command: str, **variables: str) -> str:
        """Run a command in the project's directory. Return its output; raise if it fails."""
        done = children.run(
            ["sh", "-c", command],
            COMMAND_SECONDS,
            cwd=self._directory,
            env={**self._variables(strict="pip" not in command), **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        output: str = done.stdout
        if done.returncode != 0 or any(trouble in output for trouble in TROUBLE):
            raise AssertionError(f"{command}: {output}")
        return output

    @contextmanager
    def serving(self, server: str, *options: str) -> Iterator[str]:
        """Follow the guide's commands for a server. Yield its address, and stop it in the end."""
        if server == self.host.command:
            command = server
        else:
            *before, command = guide.servers()[server]
            for each in before:
                self.shell(each)
        port = free_port()
        arguments = [*shlex.split(command.replace("8000", str(port))), *options]
        with self._running(arguments, port):
            yield f"http://{HOST}:{port}"

    @contextmanager
    def _running(self, arguments: list[str], port: int) -> Iterator[None]:
        log = self._directory / "server.log"
        self._warnings.unlink(missing_ok=True)
        with log.open("wb") as output:
            process = children.start(
                [str(self._environment.programs / arguments[0]), *arguments[1:]],
                cwd=self._directory,
                env=self._variables(strict=True),
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

        def listens() -> bool:
            assert process.poll() is None, log.read_text()
            return not refuses_connections(port)

        try:
            wait_until(listens, "the server listens")
            yield
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)
        except BaseException:
            print(log.read_text(errors="replace"))
            raise
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(timeout=60)
        self._verify(log.read_text(errors="replace"))

    def _verify(self, log: str) -> None:
        """Fail if the server logged a warning or an error."""
        warned = self._warnings.read_text() if self._warnings.exists() else ""
        assert not warned, f"{warned}\n{log}"
        assert not any(trouble in log for trouble in TROUBLE), log

    def _variables(self, *, strict: bool) -> dict[str, str]:
        variables = {**self._environment.variables(), "PYTHONUNBUFFERED": "1"}
        if strict:
            variables["PYTHONDEVMODE"] = "1"
            variables["PYTHONPATH"] = str(STRICT)
            variables["HOST_WARNINGS"] = str(self._warnings)
        return variables


def _changes(before: str, after: str) -> Iterator[str]:
    """Yield each line that was added or removed, without empty ones."""
    for line in difflib.ndiff(before.splitlines(), after.splitlines()):
        if line.startswith(("+ ", "- ")) and line[2:].strip():
            yield line[2:] if line.startswith("+ ") else line


def _kind(line: str) -> str:
    try:
        (statement,) = ast.parse(line.strip()).body
    except (SyntaxError, ValueError):
        return "python"
    return "imports" if isinstance(statement, ast.Import | ast.ImportFrom) else "python"
