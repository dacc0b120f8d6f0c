"""Run nginx with the configuration of the project.

``python -m tests.services.nginx`` installs nginx if this machine has none and may install one.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.services import apt
from tests.services.ports import HOST, free_port, wait_until
from tests.services.site import ROOT

CONFIGURATION = ROOT / "deploy" / "nginx.conf"
#: Debian puts it where only root's PATH leads.
SEARCH_PATH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"])
#: The rest of a configuration: all files in one directory.
FRAME = """
daemon off;
{user}
pid nginx.pid;
error_log stderr warn;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    {site}
}}
"""


def find_nginx() -> str | None:
    """Return the path of nginx, or None if it is not installed."""
    return shutil.which("nginx", path=SEARCH_PATH)


def build_configuration(replacements: Mapping[str, str]) -> str:
    """Return the project's configuration in a frame, with other addresses."""
    site = CONFIGURATION.read_text()
    for old, new in replacements.items():
        assert old in site, old
        site = site.replace(old, new)
    return FRAME.format(site=site, user="user root;" if os.geteuid() == 0 else "")


class Nginx:
    """nginx in front of two servers."""

    def __init__(self, directory: Path, first: int, second: int) -> None:
        """Prepare nginx for the ports of two servers on this machine."""
        program = find_nginx()
        assert program is not None, "nginx is missing: run python -m tests.services.nginx"
        self.port = free_port()
        self.url = f"http://{HOST}:{self.port}"
        self.ws_url = f"ws://{HOST}:{self.port}/ws/landing/"
        self._directory = directory
        (directory / "nginx.conf").write_text(
            build_configuration(
                {
                    "listen 80;": f"listen {HOST}:{self.port};",
                    "127.0.0.1:8001": f"{HOST}:{first}",
                    "127.0.0.1:8002": f"{HOST}:{second}",
                }
            )
        )
        self._command = [program, "-p", str(directory), "-c", "nginx.conf", "-e", "stderr"]

    def start(self) -> None:
        """Start nginx, and return when it listens."""
        with (self._directory / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        wait_until((self._directory / "nginx.pid").exists, "nginx listens")

    def stop(self) -> None:
        """Stop nginx, and close its connections."""
        self._process.terminate()
        self._process.wait(60)

    @property
    def log(self) -> str:
        """Return the output of nginx."""
        return (self._directory / "log").read_text(errors="replace")


def main() -> None:
    if find_nginx() is None:
        apt.install("nginx", ["nginx-light"], ["nginx"])
    print(f"nginx: {find_nginx() or 'not installed, so only its configuration is read'}")


if __name__ == "__main__":
    main()
