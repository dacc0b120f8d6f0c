"""System checks of the settings of a host, and of those that are not ours."""

from __future__ import annotations

from tests.checks.package import NO_ISSUES, HostProject


def test_mistakes_in_the_dictionary_are_errors_in_its_own_words(project: HostProject) -> None:
    project.set(
        'LIVE_USER_COUNTER = {"HEARTBEAT_SECOND": 5, "LEASE_SECONDS": "5", "IGNORED_PATHS": ["a"]}'
    )

    output = project.check()
    assert (
        'live_user_counter.E100) LIVE_USER_COUNTER["HEARTBEAT_SECOND"] is not a setting. '
        "Did you mean HEARTBEAT_SECONDS?"
    ) in output
    assert 'live_user_counter.E002) LIVE_USER_COUNTER["LEASE_SECONDS"] must be a number' in output
    assert 'live_user_counter.E014) LIVE_USER_COUNTER["IGNORED_PATHS"] must be' in output
    assert "LANDING_" not in output


def test_a_combination_is_named_in_its_own_words(project: HostProject) -> None:
    project.set('LIVE_USER_COUNTER = {"HEARTBEAT_SECONDS": 9}')

    assert (
        'live_user_counter.E101) LIVE_USER_COUNTER["LEASE_SECONDS"] must be at least twice '
        'LIVE_USER_COUNTER["HEARTBEAT_SECONDS"].'
    ) in project.check()


def test_settings_of_the_project_are_never_findings(project: HostProject) -> None:
    project.set(
        'LANDING_PAGE = "home"',
        'LANDING_HEARTBEAT_SECONDS = "often"',
        'REDIS_URL = "localhost:6379"',
        'CHANNEL_LAYERS = {"default": {"BACKEND": "channels_redis.core.RedisChannelLayer",',
        '    "CONFIG": {"hosts": [{"address": "redis://localhost", "socket_timeout": None}]}}}',
    )

    assert project.check() == NO_ISSUES


def test_a_deployment_check_leaves_the_machine_to_the_project(project: HostProject) -> None:
    project.set(
        "DEBUG = False",
        'STATIC_ROOT = BASE_DIR / "static"',
        'STORAGES = {"default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},',
        '    "staticfiles": {"BACKEND":',
        '    "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}}',
    )

    output = project.check("--deploy")
    assert "live_user_counter.E" not in output
    assert "live_user_counter.W" not in output
