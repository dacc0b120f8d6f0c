"""A host learns from ``manage.py check`` which steps are missing, and nothing else."""

from __future__ import annotations

import pytest

from tests.checks.package import ASGI, NO_ISSUES, URLS, HostProject


@pytest.mark.parametrize("debug", [True, False])
def test_a_project_with_the_lines_of_the_guide_has_no_findings(
    project: HostProject, debug: bool
) -> None:
    project.set(f"DEBUG = {debug}")

    assert project.check() == NO_ISSUES


def test_missing_urls_are_named(project: HostProject) -> None:
    project.write("mysite/urls.py", URLS)

    output = project.check()
    assert "live_user_counter.W301" in output
    assert "The URLs of live_user_counter are not included" in output
    assert 'path("live/", include("live_user_counter.urls"))' in output
    assert "mysite.urls" in output
    assert "1 issue" in output


def test_a_language_prefix_and_another_path_are_fine(project: HostProject) -> None:
    project.write(
        "mysite/urls.py",
        "from django.conf.urls.i18n import i18n_patterns\n"
        "from django.urls import include, path\n"
        'urlpatterns = i18n_patterns(path("a/b/", include("live_user_counter.urls")))\n',
    )

    assert project.check() == NO_ISSUES


def test_a_mistake_in_the_urls_is_reported_by_django_only(project: HostProject) -> None:
    project.write("mysite/urls.py", "import no_such_module\n")

    output = project.check()
    assert "No module named 'no_such_module'" in output
    assert "live_user_counter." not in output


WRAPPED = "application = live_user_counter.asgi.wrap(application)"


@pytest.mark.parametrize(
    "asgi",
    [
        ASGI,
        f"{ASGI}\nimport live_user_counter.asgi\nlive_user_counter.asgi.wrap(application)\n",
        f"{ASGI}\nimport live_user_counter.asgi\n",
    ],
)
def test_a_missing_wrap_is_named(project: HostProject, asgi: str) -> None:
    project.write("mysite/asgi.py", asgi)

    output = project.check()
    assert "live_user_counter.W302) wrap() is missing in mysite.asgi" in output
    assert WRAPPED in output
    assert "1 issue" in output


@pytest.mark.parametrize(
    "inside_out",
    [
        f"{WRAPPED}\ninner = application\n"
        "async def application(scope, receive, send):\n    await inner(scope, receive, send)\n",
        "from channels.routing import ProtocolTypeRouter\n"
        f"{WRAPPED}\n"
        'application = ProtocolTypeRouter({"http": application, "websocket": application})\n',
        f"{WRAPPED}\nlive = application\napplication = lambda *given: live(*given)\n",
    ],
)
def test_an_application_around_wrap_is_fine(project: HostProject, inside_out: str) -> None:
    project.write("mysite/asgi.py", f"{ASGI}\nimport live_user_counter.asgi\n{inside_out}")

    assert project.check() == NO_ISSUES


def test_the_setting_names_the_application(project: HostProject) -> None:
    project.write("routing.py", (project.directory / "mysite/asgi.py").read_text())
    project.write("mysite/asgi.py", ASGI)
    project.set('ASGI_APPLICATION = "routing.application"')

    assert project.check() == NO_ISSUES


@pytest.mark.parametrize(
    "line",
    ["import no_such_module", "raise ValueError", "1 / 0", "del application"],
)
def test_an_error_of_the_projects_module_is_not_ours(project: HostProject, line: str) -> None:
    project.write("mysite/asgi.py", f"{ASGI}\n{line}\n")

    assert project.check() == NO_ISSUES


def test_a_setting_that_names_no_module_is_not_ours(project: HostProject) -> None:
    project.set('ASGI_APPLICATION = "nowhere.asgi.application"')

    assert project.check() == NO_ISSUES


def test_the_reason_why_wrap_fails_is_shown(project: HostProject) -> None:
    project.write(
        "mysite/asgi.py",
        "from django.core.wsgi import get_wsgi_application\n"
        "import live_user_counter.asgi\n"
        "application = live_user_counter.asgi.wrap(get_wsgi_application())\n",
    )

    output = project.check()
    assert "live_user_counter.W302) mysite.asgi: wrap() needs an ASGI application" in output


def test_a_project_without_asgi_is_named(project: HostProject) -> None:
    (project.directory / "mysite/asgi.py").unlink()

    output = project.check()
    assert "live_user_counter.W303) The project has no ASGI application" in output
    assert "1 issue" in output


def test_the_application_is_found_beside_settings_in_a_package(project: HostProject) -> None:
    settings = project.directory / "mysite/settings.py"
    project.write("mysite/settings/__init__.py", "")
    project.write(
        "mysite/settings/dev.py",
        settings.read_text() + 'del WSGI_APPLICATION\nROOT_URLCONF = "urls"\n',
    )
    project.write("urls.py", (project.directory / "mysite/urls.py").read_text())
    settings.unlink()
    project.write("mysite/asgi.py", ASGI)

    output = project.check(DJANGO_SETTINGS_MODULE="mysite.settings.dev")
    assert "wrap() is missing in mysite.asgi" in output


def test_checks_that_run_while_the_module_is_loaded_wait_for_it(project: HostProject) -> None:
    project.write(
        "mysite/asgi.py",
        ASGI.replace(
            "application = get",
            "import django; django.setup()\n"
            "from django.core.management import call_command\n"
            'call_command("check")\n'
            "application = get",
        ),
    )

    output = project.manage("shell", "--no-imports", "-c", "import mysite.asgi")
    assert output == NO_ISSUES
