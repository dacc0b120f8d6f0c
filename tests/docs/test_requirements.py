"""Dependencies have reasons, and their pins have hashes for every supported Python."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import requires
from itertools import chain, product

import pytest
from packaging.markers import Environment, default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.services.site import ROOT

FILES = ("requirements.txt", "requirements-dev.txt")
#: The first and the newest: redis needs another package before 3.11.3.
PYTHONS = ("3.11.0", "3.11.9", "3.12.0", "3.13.0", "3.14.0")
SYSTEMS = {"linux": "Linux", "darwin": "Darwin"}
PIN = re.compile(r"(?P<name>[a-z0-9-]+)(?P<extras>\[[a-z0-9,-]+\])?==[\w.]+(?: ; .+?)?")
HASHED = re.compile(rf"{PIN.pattern}(?: \\\n    --hash=sha256:[0-9a-f]{{64}})+")


def read_pins(name: str) -> dict[str, str]:
    """Return each package with its whole entry: the version and the hashes."""
    text = re.sub(r"^ *#.*\n", "", (ROOT / name).read_text(), flags=re.MULTILINE)
    entries = re.split(r"\n+(?! )", text.strip())
    return {re.split(r"[\[=]", entry)[0]: entry for entry in entries}


@pytest.mark.parametrize("file", FILES)
def test_every_requirement_is_a_version_with_hashes_and_nothing_else(file: str) -> None:
    pins = read_pins(file)
    assert pins
    assert {entry for entry in pins.values() if not HASHED.fullmatch(entry)} == set()


def test_the_development_requirements_include_the_runtime_ones() -> None:
    runtime, development = (read_pins(file) for file in FILES)
    assert runtime.items() < development.items()


def environment(python: str, system: str) -> Environment:
    values = default_environment()
    values["python_full_version"] = python
    values["python_version"] = python.rpartition(".")[0]
    values["sys_platform"] = system
    values["platform_system"] = SYSTEMS[system]
    return values


@pytest.mark.parametrize("file", FILES)
def test_the_pins_are_complete_for_every_supported_python(file: str) -> None:
    """With hashes, pip refuses to install a package that is not pinned."""
    pins = read_pins(file)
    missing = set()
    for name, entry in pins.items():
        extras = {"", *Requirement(entry.partition(" ")[0]).extras}
        for needed in map(Requirement, requires(name) or ()):
            if canonicalize_name(needed.name) in pins:
                continue
            for python, system, extra in product(PYTHONS, SYSTEMS, extras):
                values = {**environment(python, system), "extra": extra}
                if needed.marker is None or needed.marker.evaluate(values):
                    missing.add(f"{needed.name} of {name}, Python {python} on {system}")
    assert not missing


def dependencies() -> list[str]:
    """Return the dependencies of the app, and those of every extra."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return [*project["dependencies"], *chain(*project["optional-dependencies"].values())]


def test_the_core_needs_no_package_of_an_extra() -> None:
    """A project that only counts installs these, and what they need."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = {Requirement(each).name for each in project["dependencies"]}
    assert names == {"babel", "channels", "cryptography", "django", "regex"}
    assert {*project["optional-dependencies"]} == {
        *("api", "dev", "metrics", "postgres", "redis", "site")
    }


@pytest.mark.parametrize("file", FILES)
def test_a_pin_is_for_the_systems_that_have_the_package(file: str) -> None:
    pins = read_pins(file)
    for requirement in map(Requirement, dependencies()):
        if requirement.marker is not None:
            pin = pins[canonicalize_name(requirement.name)].partition(" \\")[0]
            assert Requirement(pin).marker == requirement.marker


def test_every_dependency_has_a_reason() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    for dependency in dependencies():
        assert re.search(rf'^    "{re.escape(dependency)}",  # \w', text, re.MULTILINE), dependency
