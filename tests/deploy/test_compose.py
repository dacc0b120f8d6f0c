"""The services of ``deploy/compose.yaml`` start, stay up, and stop as the site needs it."""

from __future__ import annotations

import re

from landing_site.serve.slots import STOP_SECONDS
from tests.deploy import compose
from tests.docs.test_configuration import variables_read
from tests.services.nginx import CONFIGURATION
from tests.services.site import ROOT, python

SERVICES = compose.read()["services"]
WEB = [name for name in SERVICES if name.startswith("web-")]
#: The services with an image of others.
FOREIGN = [name for name in SERVICES if "build" not in SERVICES[name]]


def test_the_files_exist_and_the_images_are_pinned() -> None:
    for service in SERVICES.values():
        if "build" in service:
            folder = (compose.FILE.parent / service["build"]).resolve()
            assert folder == ROOT and (folder / "Dockerfile").is_file()
        else:
            assert re.fullmatch(r"\w+:\d+\.\d+(\.\d+)?-bookworm", service["image"])
    assert sorted(FOREIGN) == ["database", "redis"]


def test_the_site_accepts_its_variables() -> None:
    given = compose.environment("migrate")
    assert all(compose.environment(name) == given for name in WEB)
    assert given.keys() <= variables_read()
    given["DJANGO_SETTINGS_MODULE"] = "landing_site.settings"
    done = python("-c", "import django; django.setup()", **given)
    assert done.returncode == 0, done.stderr


def test_secrets_are_not_in_the_file() -> None:
    """They come from ``.env``, which is neither committed nor copied into the image."""
    used = set(compose.REQUIRED.findall(compose.FILE.read_text()))
    assert used == set(compose.GIVEN)
    assert "$" not in compose.REQUIRED.sub("", compose.FILE.read_text())
    assert ".env" in (ROOT / ".gitignore").read_text().splitlines()
    written = (ROOT / "docs/deployment.md").read_text()
    for name in compose.GIVEN:
        assert f"\n{name}=$" in written, name


def test_only_the_migration_ends_and_the_others_are_restarted_without_limit() -> None:
    policies = {name: service["restart"] for name, service in SERVICES.items()}
    assert policies == dict.fromkeys(SERVICES, "unless-stopped") | {"migrate": "no"}
    for name in WEB:
        needed = SERVICES[name]["depends_on"]
        assert needed["migrate"] == {"condition": "service_completed_successfully"}
        assert needed.keys() <= SERVICES.keys()
    assert SERVICES["migrate"]["depends_on"] == {"database": {"condition": "service_healthy"}}


def test_a_container_has_time_for_its_drain() -> None:
    for name in WEB:
        assert float(SERVICES[name]["stop_grace_period"].removesuffix("s")) > STOP_SECONDS


def test_further_variables_reach_the_site_and_logs_are_limited() -> None:
    for name, service in SERVICES.items():
        assert service["logging"]["options"].keys() == {"max-size", "max-file"}
        assert service.get("env_file") == (None if name in FOREIGN else ".env")


def test_redis_never_evicts_and_data_outlive_containers() -> None:
    command = SERVICES["redis"]["command"]
    assert command[command.index("--maxmemory-policy") + 1] == "noeviction"
    mounted = {volume.split(":")[0] for name in FOREIGN for volume in SERVICES[name]["volumes"]}
    assert mounted == compose.read()["volumes"].keys()


def test_only_nginx_reaches_the_containers_and_it_knows_their_ports() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published.keys() == set(WEB)
    for ports in published.values():
        (address, port, inside) = ports[0].split(":")
        assert (address, inside) == ("127.0.0.1", "8000")
        assert f"#server 127.0.0.1:{port} max_fails=0;" in CONFIGURATION.read_text()
