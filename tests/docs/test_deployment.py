"""The commands of docs/deployment.md fit the files of the project."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from landing.conf import NAMES
from tests.deploy import compose
from tests.docs.test_configuration import variables_read
from tests.services.site import ROOT

PAGE = (ROOT / "docs/deployment.md").read_text()
BLOCKS = re.findall(r"^```\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
HOST = "live.example.org"
#: The machine has these services itself.
LOCAL = {"DEBUG", "DATABASE_URL", "REDIS_URL"}


def test_the_settings_exist_and_are_those_of_the_containers() -> None:
    (written,) = re.findall(r"cat > /etc/landing/environment <<END\n(.*?)^END$", PAGE, re.S | re.M)
    settings = dict(line.split("=", 1) for line in written.splitlines())
    assert settings.keys() <= variables_read() | set(NAMES)
    containers = compose.environment("web-1")
    assert settings.keys() == containers.keys() | {"DEBUG"}, "DEBUG is in the image"
    own = LOCAL | {"SECRET_KEY", "ALLOWED_HOSTS"}
    assert {name: settings[name] for name in settings.keys() - own} == {
        name: containers[name] for name in containers.keys() - own
    }


def installed_configurations() -> list[str]:
    """Return the commands that install the configuration of nginx, from the root directory."""
    target = " > /etc/nginx/conf.d/landing.conf"
    found = [
        command.replace("\\\n", "").replace(target, "").strip()
        for block in BLOCKS
        for command in re.findall(r"^sed (?:\\\n|.)*$", block, re.MULTILINE)
        if target in command
    ]
    assert len(found) == 2
    return found


@pytest.mark.parametrize(
    ("command", "servers"),
    [*zip(installed_configurations(), (["8000"], ["8001", "8002"]), strict=True)],
)
def test_nginx_is_configured_for_the_host_and_the_ports(command: str, servers: list[str]) -> None:
    result = subprocess.run(
        ["sh", "-c", f"host={HOST}; {command}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "www.example.com" not in result
    assert re.findall(r"^    server_name (\S+);$", result, re.M) == [HOST, HOST]
    assert re.findall(r"^    server 127\.0\.0\.1:(\d+) max_fails=0;$", result, re.M) == servers


def test_each_command_of_the_check_has_its_expected_output() -> None:
    (block,) = (block for block in BLOCKS if "/metrics" in block)
    commands = re.sub(r"\\\n *", "", block).splitlines()
    table = PAGE.partition("| command | expected output |")[2].partition("\n\n")[0]
    assert len(commands) == len(re.findall(r"^\| \d", table, re.M)) == 7


def test_one_container_after_the_other_leaves_nginx(tmp_path: Path) -> None:
    (function,) = re.findall(r"^without\(\) \{\n.*?^\}$", PAGE, re.S | re.M)
    installed = tmp_path / "landing.conf"
    installed.write_text("server 127.0.0.1:8001 max_fails=0;\nserver 127.0.0.1:8002 max_fails=0;\n")
    function = function.replace("/etc/nginx/conf.d/landing.conf", str(installed))
    in_use = []
    for port in ("8001", "8002", "none"):
        script = f"systemctl() {{ :; }}; sleep() {{ :; }}\n{function}\nwithout {port}"
        subprocess.run(["sh", "-c", script], check=True)
        in_use.append(re.findall(r":(\d+) max_fails=0;$", installed.read_text(), re.M))
    assert in_use == [["8002"], ["8001"], ["8001", "8002"]]
