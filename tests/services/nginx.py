"""Run nginx with the configuration of the project.

``python -m tests.services.nginx`` installs nginx if this machine has none and may install one.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from tests.services import apt, tls
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
    types {{ text/css css; application/javascript js; image/png png; image/svg+xml svg; }}
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    {site}
}}
"""
#: The locations for the root of a host, and those for a path, which are comments.
ROOT_PART, PATH_PART = (
    re.compile(rf"(?<=# --- The site at {place} of the host)[^#]*?\n.*?(?=^ *# --- )", re.S | re.M)
    for place in ("the root", "a path")
)
#: A comment with code. Other comments begin with a space.
DISABLED = re.compile(r"^( *)#(?=\S| {4})", re.M)


def find_nginx() -> str | None:
    """Return the path of nginx, or None if it is not installed."""
    return shutil.which("nginx", path=SEARCH_PATH)


class Nginx:
    """nginx in front of servers on this machine."""

    def __init__(
        self, directory: Path, *ports: int, static: Path | None = None, at_path: bool = False
    ) -> None:
        """Prepare nginx for the ports of servers.

        ``static``: the directory with collected files, otherwise one without files.
        ``at_path``: serve the site at ``/app/`` instead of the root.
        """
        program = find_nginx()
        assert program is not None, "nginx is missing: run python -m tests.services.nginx"
        plain_port, self.port = free_port(), free_port()
        self.plain_url = f"http://{HOST}:{plain_port}"
        self.url = f"https://{HOST}:{self.port}"
        self.ws_url = f"wss://{HOST}:{self.port}/ws/landing/"
        self.acme = directory / "acme"
        self._directory = directory
        certificate = tls.write_self_signed(directory / "certificate.pem")
        servers = " ".join(f"server {HOST}:{port} max_fails=0;" for port in ports)
        replacements = {
            "server 127.0.0.1:8000 max_fails=0;": servers,
            "listen 80;": f"listen {HOST}:{plain_port};",
            "listen 443 ssl http2;": f"listen {HOST}:{self.port} ssl http2;",
            # Some machines have no IPv6.
            "listen [::]:80;": "",
            "listen [::]:443 ssl http2;": "",
            "/etc/letsencrypt/live/www.example.com/fullchain.pem": str(certificate),
            "/etc/letsencrypt/live/www.example.com/privkey.pem": str(certificate),
            "root /var/www/html;": f"root {self.acme};",
            "/srv/landing/staticfiles/": f"{static or directory / 'missing'}/",
        }
        site = CONFIGURATION.read_text()
        for old, new in replacements.items():
            assert old in site, old
            site = site.replace(old, new)
        if at_path:
            site = ROOT_PART.sub("\n", site)
            site = PATH_PART.sub(lambda found: DISABLED.sub(r"\1", found[0]), site)
        user = "user root;" if os.geteuid() == 0 else ""
        (directory / "nginx.conf").write_text(FRAME.format(site=site, user=user))
        self._command = [program, "-p", str(directory), "-c", "nginx.conf", "-e", "stderr"]

    def start(self) -> None:
        """Start nginx, and return when it listens."""
        with (self._directory / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        wait_until(self._listens, "nginx listens")

    def stop(self) -> None:
        """Stop nginx, and close its connections."""
        self._process.terminate()
        self._process.wait(60)

    @property
    def log(self) -> str:
        """Return the output of nginx."""
        return (self._directory / "log").read_text(errors="replace")

    def _listens(self) -> bool:
        if self._process.poll() is not None:
            raise RuntimeError(f"nginx ended: {self.log}")
        return (self._directory / "nginx.pid").exists()


def main() -> None:
    if find_nginx() is None:
        apt.install("nginx", ["nginx-light"], ["nginx"])
    print(f"nginx: {find_nginx() or 'not installed, so only its configuration is read'}")


if __name__ == "__main__":
    main()
