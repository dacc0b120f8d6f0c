"""The unit for systemd and the Procfile start the supervisor as it is.

Without systemd on this machine, only the text of the unit is tested.
"""

from __future__ import annotations

import getpass
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from landing_site.serve.__main__ import parse
from landing_site.serve.slots import STOP_SECONDS
from tests.services.site import ROOT

UNIT = ROOT / "deploy" / "landing.service"
PROCFILE = ROOT / "deploy" / "Procfile"


def setting(name: str) -> str:
    [value] = re.findall(rf"^{name}=(.*)$", UNIT.read_text(), re.MULTILINE)
    return value


def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    text = UNIT.read_text()
    for old, new in {
        setting("ExecStart").split()[0]: sys.executable,
        f"WorkingDirectory={setting('WorkingDirectory')}": f"WorkingDirectory={ROOT}",
        f"User={setting('User')}": f"User={getpass.getuser()}",
        f"Group={setting('Group')}\n": "",
    }.items():
        assert old in text, old
        text = text.replace(old, new)
    unit = tmp_path / UNIT.name
    unit.write_text(text)
    if program := shutil.which("systemd-analyze"):
        done = subprocess.run(
            [program, "verify", str(unit)], capture_output=True, text=True, timeout=60
        )
        assert (done.returncode, done.stderr) == (0, "")


def test_systemd_accepts_the_timer_of_the_weekly_summary(tmp_path: Path) -> None:
    unit, timer = (ROOT / "deploy" / f"landing-summary.{kind}" for kind in ("service", "timer"))
    text = unit.read_text()
    program, script, command = re.findall(r"^ExecStart=(.*)$", text, re.M)[0].split()
    assert (Path(program).name, script) == ("python", "manage.py")
    assert (ROOT / f"landing/management/commands/{command}.py").exists()
    for name in ("User", "EnvironmentFile", "WorkingDirectory"):
        assert f"{name}={setting(name)}\n" in text
    text = text.replace(program, sys.executable).replace("/srv/landing", str(ROOT))
    text = text.replace("User=landing", f"User={getpass.getuser()}").replace("Group=landing\n", "")
    (tmp_path / unit.name).write_text(text)
    shutil.copy(timer, tmp_path)
    if systemd := shutil.which("systemd-analyze"):
        files = [str(tmp_path / each.name) for each in (unit, timer)]
        done = subprocess.run(
            [systemd, "verify", *files], capture_output=True, text=True, timeout=60
        )
        assert (done.returncode, done.stderr) == (0, "")


def test_the_unit_waits_for_the_drain_of_all_workers() -> None:
    assert float(setting("TimeoutStopSec")) > STOP_SECONDS
    assert (setting("Type"), setting("KillMode")) == ("notify", "mixed")
    assert setting("ExecReload") == "/bin/kill -HUP $MAINPID"


def test_the_site_is_never_down_for_good_and_ends_before_its_database() -> None:
    assert (setting("Restart"), setting("StartLimitIntervalSec")) == ("always", "0")
    assert {"postgresql.service", "redis-server.service"} <= set(setting("After").split())


@pytest.mark.parametrize(
    "command", [setting("ExecStart"), *re.findall(r"^web: (.*)$", PROCFILE.read_text(), re.M)]
)
def test_the_options_are_those_of_the_program(command: str) -> None:
    command = re.sub(r"\$\{\w+:-(\d+)\}", r"\1", command)
    program, option, module, *arguments = shlex.split(command)
    assert (Path(program).name, option, module) == ("python", "-m", "landing_site.serve")
    assert parse(arguments).workers == 2
