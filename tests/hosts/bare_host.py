"""A project with the installed package, in one process, in which some packages cannot be imported.

The argument is JSON: ``path`` of the package, a ``directory`` for the database, the names of
``blocked`` packages, additional ``apps``, ``settings``, and ``commands`` to run. The program
migrates, checks, serves, and prints as JSON what a client of the server sees.
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
import threading
from collections.abc import Iterable, Sequence
from contextlib import closing
from importlib.machinery import ModuleSpec
from io import StringIO
from types import ModuleType
from typing import Any

PAGE = """{% load live_user_counter %}<!doctype html><html><head><title>Host</title></head>
<body>{% live_user_counter %}{% live_activity_feed %}{% live_places %}</body></html>"""


#: The content of the modules ``asgi`` and ``urls`` of a project.
application: Any
urlpatterns: list[Any]


#: Addresses that the client requests.
PATHS = (
    *("/", "/live/stats", "/live/history/", "/live/activities/", "/live/places/"),
    *("/live/metrics", "/live/privacy/", "/live/ws/", "/admin/login/"),
)


class Without:
    """The finders of modules, except for some packages: as if they were not installed."""

    def __init__(self, finders: Sequence[Any], names: Iterable[str]) -> None:
        self._finders = tuple(finders)
        self._names = tuple(names)

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if any(name == blocked or name.startswith(f"{blocked}.") for blocked in self._names):
            return None
        found = (finder.find_spec(name, path, target) for finder in self._finders)
        return next((spec for spec in found if spec is not None), None)

    def find_distributions(self, *arguments: Any) -> Iterable[Any]:
        for finder in self._finders:
            if hasattr(finder, "find_distributions"):
                yield from finder.find_distributions(*arguments)

    def invalidate_caches(self) -> None:
        for finder in self._finders:
            if hasattr(finder, "invalidate_caches"):
                finder.invalidate_caches()


def main(options: dict[str, Any]) -> dict[str, Any]:
    """Run the project, and return what its clients see."""
    sys.path.insert(0, options["path"])
    sys.meta_path[:] = [Without(sys.meta_path, options["blocked"])]
    configure(options)
    from django.core.asgi import get_asgi_application
    from django.core.management import call_command

    django_application = get_asgi_application()
    import live_user_counter.asgi  # type: ignore[import-not-found]

    global application, urlpatterns
    application = live_user_counter.asgi.wrap(django_application)
    urlpatterns = urls()
    checked = StringIO()
    call_command("check", fail_level="WARNING", stdout=checked, stderr=checked)
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
    call_command("migrate", verbosity=0)
    if "STATIC_ROOT" in options["settings"]:
        call_command("collectstatic", interactive=False, verbosity=0)
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        seen = {"check": checked.getvalue().strip(), **serve(listener)}
    seen["commands"] = {name: run_command(name) for name in options["commands"]}
    loaded = {name.partition(".")[0] for name in sys.modules}
    return seen | {"loaded": sorted(loaded & {*options["watched"]})}


def run_command(name: str) -> str:
    """Return the output of a command, or the message of its error."""
    from django.core.management import CommandError, call_command

    output = StringIO()
    try:
        call_command(name, stdout=output, stderr=output)
    except CommandError as error:
        return f"CommandError: {error}"
    except SystemExit as error:
        return f"{output.getvalue()}exit {error.code}"
    return output.getvalue()


def configure(options: dict[str, Any]) -> None:
    """Set up the settings of a new project, with the routes of :func:`urls`."""
    from django.conf import settings

    apps = ("contenttypes", "auth", "sessions", "messages", "staticfiles")
    templates = {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
    settings.configure(
        **{
            "SECRET_KEY": "of-a-project-in-a-test-that-nobody-else-uses-0123456789",
            "ALLOWED_HOSTS": ["127.0.0.1"],
            "INSTALLED_APPS": [
                *options["apps"],
                *(f"django.contrib.{app}" for app in apps),
                "live_user_counter",
            ],
            "MIDDLEWARE": [
                "django.contrib.sessions.middleware.SessionMiddleware",
                "django.middleware.common.CommonMiddleware",
                "django.middleware.csrf.CsrfViewMiddleware",
                "django.contrib.auth.middleware.AuthenticationMiddleware",
                "django.contrib.messages.middleware.MessageMiddleware",
                "live_user_counter.middleware.VisitorMiddleware",
            ],
            "ROOT_URLCONF": __name__,
            "ASGI_APPLICATION": f"{__name__}.application",
            "TEMPLATES": [templates],
            "DATABASES": {
                "default": {
                    "ENGINE": "django.db.backends.sqlite3",
                    "NAME": f"{options['directory']}/db.sqlite3",
                }
            },
            "STATIC_URL": "static/",
            "USE_TZ": True,
            **options["settings"],
        }
    )


def urls() -> list[Any]:
    """Return the routes: a page, those of the package, and the admin if it is installed."""
    from django.apps import apps
    from django.http import HttpRequest, HttpResponse
    from django.template import engines
    from django.urls import include, path

    def page(request: HttpRequest) -> HttpResponse:
        return HttpResponse(engines["django"].from_string(PAGE).render({}, request))

    patterns: list[Any] = [path("", page), path("live/", include("live_user_counter.urls"))]
    if apps.is_installed("django.contrib.admin"):
        from django.contrib import admin

        patterns.append(path("admin/", admin.site.urls))
    return patterns


def serve(listener: socket.socket) -> dict[str, Any]:
    """Serve the application on a socket while a client visits it."""
    import uvicorn

    server = uvicorn.Server(uvicorn.Config(application, log_level="warning", lifespan="on"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        return asyncio.run(visit(listener.getsockname()[1]))
    finally:
        server.should_exit = True
        thread.join()


async def visit(port: int) -> dict[str, Any]:
    """Open the page and its connection as a browser does, and read the endpoints."""
    import httpx
    from websockets.asyncio.client import connect

    browser = {
        "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    }
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=browser) as client:
        while True:
            try:
                page = await client.get("/")
                break
            except httpx.TransportError:  # the server starts
                await asyncio.sleep(0.05)
        cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        headers = {**browser, "Cookie": cookie}
        origin: Any = f"http://127.0.0.1:{port}"
        async with connect(
            f"ws://127.0.0.1:{port}/live/ws/",
            origin=origin,
            additional_headers=headers,
            user_agent_header=None,
        ) as connection:
            people = None
            while people != 1:
                frame = json.loads(await asyncio.wait_for(connection.recv(), 60))
                people = frame.get("people", people)
            stats = await client.get("/live/stats/", params={"place": "/"})
        status = {}
        for path in PATHS:
            status[path] = (await client.get(path)).status_code
        published = await client.post(
            "/live/activities/", json={"kind": "signup", "text": "joined"}
        )
        history = await client.get("/live/history/", params={"limit": 1})
        return {
            "html": page.text,
            "people": people,
            "stats": stats.json(),
            "status": status,
            "published": published.status_code,
            "history": history.json() if status["/live/history/"] == 200 else None,
        }


if __name__ == "__main__":
    # The routes are those of this module, whatever its name.
    sys.modules["bare_host"] = sys.modules["__main__"]
    __name__ = "bare_host"
    print(json.dumps(main(json.loads(sys.argv[1]))))
