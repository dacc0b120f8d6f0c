"""Production serves hashed, minified files with long caching. The sources stay unchanged."""

from __future__ import annotations

import json
import posixpath
import re
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django
import minify
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test.utils import override_script_prefix

from landing.page.assets import preloads
from landing_site.static_files import HashedStaticFilesStorage
from tests.services.site import ROOT, DaphneServer

SOURCES = ROOT / "static"
SCRIPT = "live_user_counter/js/main.js"
MODULES = sorted(str(path.relative_to(SOURCES)) for path in SOURCES.rglob("*.js"))
#: All statements that load another module.
IMPORT = re.compile(r"""(?:\bfrom|\bimport)\s*\(?\s*["']([^"']+)["']""")


class Collected:
    """The directory of static files after ``collectstatic``."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.names: dict[str, str] = json.loads((root / "staticfiles.json").read_text())["paths"]

    def read_served(self, name: str) -> str:
        """Return the file that the server sends in place of this one."""
        return (self.root / self.names[name]).read_text()


@pytest.fixture(scope="module")
def collected(production: dict[str, str]) -> Collected:
    return Collected(Path(production["STATIC_ROOT"]))


def find_imports(name: str, code: str) -> list[str]:
    """Return the names of the files that a module imports, in order."""
    without_comments = re.sub(r"/\*.*?\*/|^\s*//.*?$", "", code, flags=re.S | re.M)
    return [
        posixpath.normpath(posixpath.join(posixpath.dirname(name), each))
        for each in IMPORT.findall(without_comments)
    ]


@pytest.mark.parametrize("module", MODULES)
def test_every_import_of_every_module_is_hashed(collected: Collected, module: str) -> None:
    """An import statement without a semicolon would keep the unhashed name."""
    in_source = find_imports(module, (SOURCES / module).read_text())
    served = find_imports(module, collected.read_served(module))

    assert served == [collected.names[name] for name in in_source]


@pytest.mark.parametrize("module", MODULES)
def test_every_minified_module_parses(
    collected: Collected, module: str, node_path: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "module.mjs"
    copy.write_text(collected.read_served(module))

    done = subprocess.run([node_path, "--check", copy], capture_output=True, text=True, timeout=60)

    assert done.returncode == 0, done.stderr


def test_own_files_are_served_without_comments_and_their_sources_stay_unchanged(
    collected: Collected,
) -> None:
    for path in [*SOURCES.rglob("*.js"), *SOURCES.rglob("*.css")]:
        name = str(path.relative_to(SOURCES))
        assert "/*" not in collected.read_served(name), name
        assert (collected.root / name).read_text() == path.read_text()


def test_files_of_other_packages_are_served_unchanged(collected: Collected) -> None:
    name = "admin/js/core.js"
    source = (Path(django.__file__).parent / "contrib/admin/static" / name).read_text()
    assert minify.string("text/javascript", source) != source

    assert collected.read_served(name) == source


def test_a_script_needs_every_module_that_it_imports_exactly_once() -> None:
    needed = preloads.find_modules("live_user_counter/js/main.js")

    assert needed[0] == "live_user_counter/js/main.js"
    assert len(set(needed)) == len(needed)
    imported = [
        name for each in needed for name in find_imports(each, (SOURCES / each).read_text())
    ]
    assert {*needed[1:]} == {*imported}


def test_a_script_without_a_source_needs_only_itself() -> None:
    assert preloads.find_modules("live_user_counter/js/gone.js") == (
        "live_user_counter/js/gone.js",
    )


def get(url: str) -> tuple[Any, bytes]:
    """Return the headers and the body of a response."""
    with urllib.request.urlopen(url, timeout=10) as response:
        return response.headers, response.read()


def test_production_lets_browsers_cache_hashed_files_forever(
    daphne: Callable[..., DaphneServer],
) -> None:
    server = daphne()
    _, page = get(server.url + "/")
    files = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', page.decode()))
    assert any(name.startswith("/static/live_user_counter/js/main.") for name in files)
    for name in files:
        assert re.search(r"\.[0-9a-f]{12}\.\w+$", name), name
        headers, _ = get(server.url + name)
        assert "immutable" in headers["Cache-Control"]


def test_the_url_of_a_file_is_found_once_per_root_path(
    collected: Collected, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DEBUG = False
    storage = HashedStaticFilesStorage(location=str(collected.root), base_url="/static/")
    searches: list[str] = []
    find = storage._find_url
    monkeypatch.setattr(
        storage, "_find_url", lambda name, force: searches.append(name) or find(name, force)
    )
    hashed = f"/static/{collected.names[SCRIPT]}"
    for root in ("/", "/app/", "/"):
        with override_script_prefix(root):
            assert [storage.url(SCRIPT) for _ in range(3)] == [root[:-1] + hashed] * 3
    assert searches == [SCRIPT, SCRIPT]
    settings.DEBUG = True
    assert storage.url(SCRIPT) == f"/static/{SCRIPT}"


def test_an_unknown_file_is_an_error_each_time(collected: Collected, settings: Any) -> None:
    settings.DEBUG = False
    storage = HashedStaticFilesStorage(location=str(collected.root), base_url="/static/")
    for _ in range(2):
        with pytest.raises(ValueError, match="no-such-file"):
            storage.url("no-such-file.js")


@pytest.mark.parametrize("manifest", ["", "{", "[]", '{"version": "9"}', None])
def test_a_damaged_manifest_is_named_in_one_line(tmp_path: Path, manifest: str | None) -> None:
    root = tmp_path / "static"
    if manifest is None:
        root.write_text("a file instead of a directory")
    else:
        root.mkdir()
        (root / "staticfiles.json").write_text(manifest)
    with pytest.raises(ImproperlyConfigured, match=r"^STATIC_ROOT has a file staticfiles\.json"):
        HashedStaticFilesStorage(location=str(root))


def test_production_answers_an_unknown_static_file_with_404(
    daphne: Callable[..., DaphneServer],
) -> None:
    with pytest.raises(urllib.error.HTTPError, match="404"):
        get(daphne().url + "/static/no-such-file.js")
