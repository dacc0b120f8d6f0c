"""The package as its wheel contains it, and a project of somebody else that uses it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.services.site import ROOT

NO_ISSUES = "System check identified no issues (0 silenced)."
MANAGE = """
import os, sys
from django.core.management import execute_from_command_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")
execute_from_command_line(sys.argv)
"""
SETTINGS = """
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = "only-for-tests"
DEBUG = True
ALLOWED_HOSTS = ["localhost"]
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
ROOT_URLCONF = "mysite.urls"
WSGI_APPLICATION = "mysite.wsgi.application"
TEMPLATES = [
    {"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [BASE_DIR / "templates"],
     "APP_DIRS": True}
]
DATABASES = {
    "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}
}
STATIC_URL = "static/"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
"""
URLS = """
from django.urls import include, path

urlpatterns = []
"""
ASGI = """
import os
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")
application = get_asgi_application()
"""
APP_LINE = 'INSTALLED_APPS += ["live_user_counter"]\n'
URLS_LINE = 'urlpatterns += [path("live/", include("live_user_counter.urls"))]\n'
ASGI_LINES = """
import live_user_counter.asgi
application = live_user_counter.asgi.wrap(application)
"""


def copy_package(directory: Path) -> None:
    """Copy the module and its files to where the wheel has them."""
    build = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]
    wheel = build["targets"]["wheel"]
    ignored = shutil.ignore_patterns("__pycache__")
    for source in wheel["only-include"]:
        target = directory / _target(source, wheel["sources"])
        shutil.copytree(ROOT / source, target, ignore=ignored, dirs_exist_ok=True)
    for source in wheel["exclude"]:
        (directory / _target(source, wheel["sources"])).unlink()


def _target(source: str, renamed: dict[str, str]) -> str:
    """Return the place of a folder in the wheel. The longest prefix decides."""
    for prefix in sorted(renamed, key=len, reverse=True):
        if source == prefix or source.startswith(f"{prefix}/"):
            return renamed[prefix] + source.removeprefix(prefix)
    return source


class HostProject:
    """A project with the lines of the guide, beside the package."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.write("manage.py", MANAGE)
        self.write("mysite/__init__.py", "")
        self.write("mysite/settings.py", SETTINGS + APP_LINE)
        self.write("mysite/urls.py", URLS + URLS_LINE)
        self.write("mysite/asgi.py", ASGI + ASGI_LINES)
        self.write("mysite/wsgi.py", "application = None\n")

    def write(self, name: str, text: str) -> None:
        """Write a file of the project."""
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def set(self, *lines: str) -> None:
        """Append lines to the settings."""
        with (self.directory / "mysite/settings.py").open("a") as settings:
            settings.writelines(f"{line}\n" for line in lines)

    def check(self, *options: str, **environment: str) -> str:
        """Run the system checks, and return their output."""
        return self.manage("check", *options, **environment)

    def check_as(self, command: str) -> str:
        """Run the system checks as this command does before it begins."""
        self.write(
            "check_as.py",
            MANAGE.replace("execute_from_command_line(sys.argv)", "import django; django.setup()")
            + "from django.core.management import call_command\n"
            + f'sys.argv = ["manage.py", "{command}"]\ncall_command("check")\n',
        )
        return self._run("check_as.py")

    def manage(self, *arguments: str, **environment: str) -> str:
        """Run a command, and return its output."""
        return self._run("manage.py", *arguments, **environment)

    def _run(self, *command: str, **environment: str) -> str:
        done = subprocess.run(
            [sys.executable, *command],
            cwd=self.directory,
            env={"PATH": os.environ["PATH"], "PYTHONWARNINGS": "error", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.stdout.strip()
