"""System checks of the middleware, templates, and static files of a host."""

from __future__ import annotations

import pytest

from tests.checks.package import NO_ISSUES, HostProject
from tests.services.site import ROOT

MIDDLEWARE = "live_user_counter.middleware.VisitorMiddleware"
OLD_MIDDLEWARE = "live_user_counter.analytics.middleware.VisitorMiddleware"


def test_a_project_without_the_middleware_learns_who_counts_as_one(project: HostProject) -> None:
    assert project.check() == NO_ISSUES

    output = project.check("--deploy")
    assert "INFOS:" in output
    assert "live_user_counter.I301) Browsers without a cookie of the counter" in output
    assert f'add "{MIDDLEWARE}" at the end of MIDDLEWARE' in output

    project.set(f'MIDDLEWARE += ["{MIDDLEWARE}"]')
    assert "live_user_counter" not in project.check("--deploy")
    assert project.check() == NO_ISSUES


@pytest.mark.parametrize(
    ("path", "place", "later"),
    [(MIDDLEWARE, 0, 2), (OLD_MIDDLEWARE, 1, 1), ("mysite.own.Own", 0, 2)],
)
def test_the_middleware_before_those_that_it_needs_is_named(
    project: HostProject, path: str, place: int, later: int
) -> None:
    project.write(
        "mysite/own.py",
        f"from {MIDDLEWARE[:-18]} import VisitorMiddleware\n"
        "class Own(VisitorMiddleware):\n    pass\n",
    )
    project.set(f'MIDDLEWARE.insert({place}, "{path}")')

    output = project.check()
    assert f"live_user_counter.W307) {path} is before django.contrib." in output
    assert output.count("django.contrib.sessions") == later - 1
    assert "behind django.contrib.auth.middleware.AuthenticationMiddleware" in output


def test_a_middleware_that_does_not_exist_is_reported_by_django(project: HostProject) -> None:
    project.set('MIDDLEWARE.append("mysite.no.Such")')
    project.set(f'MIDDLEWARE += ["{MIDDLEWARE}"]')

    assert "live_user_counter.W" not in project.check()


def test_a_template_that_replaces_ours_is_named(project: HostProject) -> None:
    names = sorted((ROOT / "templates/live_user_counter").glob("*.html"))
    name = names[0].name
    project.write(f"templates/live_user_counter/{name}", "mine")
    output = project.check()
    assert "live_user_counter.W308" in output
    assert str(project.directory / "templates/live_user_counter" / name) in output

    project.set('SILENCED_SYSTEM_CHECKS = ["live_user_counter.W308"]')
    assert "no issues (1 silenced)" in project.check()


def test_templates_of_the_project_with_other_names_are_fine(project: HostProject) -> None:
    for name in ("base.html", "404.html", "landing/home.html", "home.html", "admin/index.html"):
        project.write(f"templates/{name}", "mine")

    assert project.check() == NO_ISSUES


@pytest.mark.parametrize(
    "templates",
    [
        '[{"BACKEND": "django.template.backends.django.DjangoTemplates"}]',
        '[{"BACKEND": "django.template.backends.dummy.TemplateStrings"}]',
        "[]",
    ],
)
def test_templates_that_cannot_be_loaded_are_named(project: HostProject, templates: str) -> None:
    project.set(f"TEMPLATES = {templates}")

    output = project.check()
    assert "live_user_counter.W309) The templates of live_user_counter cannot be loaded" in output
    assert '"APP_DIRS": True' in output


def test_own_loaders_and_a_second_backend_are_fine(project: HostProject) -> None:
    project.set(
        "TEMPLATES = [",
        '{"BACKEND": "django.template.backends.dummy.TemplateStrings"},',
        '{"BACKEND": "django.template.backends.django.DjangoTemplates", "NAME": "mail",',
        '"DIRS": [BASE_DIR / "mail"]},',
        '{"BACKEND": "django.template.backends.django.DjangoTemplates", "NAME": "pages",',
        '"OPTIONS": {"loaders": [("django.template.loaders.cached.Loader", [',
        '("django.template.loaders.locmem.Loader", {"page.html": "page"}),',
        '"django.template.loaders.app_directories.Loader"])]}},',
        "]",
    )

    assert project.check() == NO_ISSUES


def test_missing_static_files_are_named(project: HostProject) -> None:
    project.set('INSTALLED_APPS.remove("django.contrib.staticfiles")')

    output = project.check()
    assert "live_user_counter.W310) django.contrib.staticfiles is not installed" in output


def test_a_missing_address_of_static_files_is_named(project: HostProject) -> None:
    project.set("STATIC_URL = None")

    assert "live_user_counter.W310) STATIC_URL is not set" in project.check()


def test_a_missing_finder_is_named(project: HostProject) -> None:
    finder = "django.contrib.staticfiles.finders.FileSystemFinder"
    project.set(f'STATICFILES_FINDERS = ["{finder}"]')

    output = project.check()
    assert "live_user_counter.W310) No finder of static files finds those" in output
    assert "AppDirectoriesFinder" in output


def test_another_database_is_named(project: HostProject) -> None:
    project.set('DATABASES["other"] = {"ENGINE": "django.db.backends.dummy"}')
    project.write(
        "mysite/routers.py",
        "class Router:\n"
        "    def db_for_write(self, model, **hints):\n"
        '        return "other" if model._meta.app_label == "live_user_counter" else None\n',
    )
    assert project.check() == NO_ISSUES

    project.set('DATABASE_ROUTERS = ["mysite.routers.Router"]')
    output = project.check()
    assert "live_user_counter.W311" in output
    assert "need SQLite or PostgreSQL, and their database is unknown" in output
