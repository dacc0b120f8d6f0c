"""What production sends: hashed, minified, kept for good; the sources stay as written."""

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

from landing.page import preloads
from tests.services.site import ROOT, DaphneServer

SOURCES = ROOT / "static"
MODULES = sorted(str(path.relative_to(SOURCES)) for path in SOURCES.rglob("*.js"))
#: Whatever a module can load another one with.
LOADS = re.compile(r"""(?:\bfrom|\bimport)\s*\(?\s*["']([^"']+)["']""")


class Collected:
    """The folder of static files after ``collectstatic``."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.names: dict[str, str] = json.loads((root / "staticfiles.json").read_text())["paths"]

    def sent(self, name: str) -> str:
        """What a browser gets that asks for this file."""
        return (self.root / self.names[name]).read_text()


@pytest.fixture(scope="module")
def collected(production: dict[str, str]) -> Collected:
    return Collected(Path(production["STATIC_ROOT"]))


def loaded_by(name: str, code: str) -> list[str]:
    """The names of what a module loads, in order; comments load nothing."""
    bare = re.sub(r"/\*.*?\*/|^\s*//.*?$", "", code, flags=re.S | re.M)
    return [
        posixpath.normpath(posixpath.join(posixpath.dirname(name), each))
        for each in LOADS.findall(bare)
    ]


@pytest.mark.parametrize("module", MODULES)
def test_every_import_of_every_module_is_hashed(collected: Collected, module: str) -> None:
    """An import statement without its semicolon would keep the plain name."""
    written = loaded_by(module, (SOURCES / module).read_text())
    sent = loaded_by(module, collected.sent(module))

    assert sent == [collected.names[name] for name in written]


@pytest.mark.parametrize("module", MODULES)
def test_every_module_still_parses_when_it_is_minified(
    collected: Collected, module: str, node_path: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "module.mjs"
    copy.write_text(collected.sent(module))

    done = subprocess.run([node_path, "--check", copy], capture_output=True, text=True, timeout=60)

    assert done.returncode == 0, done.stderr


def test_own_files_are_sent_without_comments_and_kept_as_they_were_written(
    collected: Collected,
) -> None:
    for path in [*SOURCES.rglob("*.js"), *SOURCES.rglob("*.css")]:
        name = str(path.relative_to(SOURCES))
        assert "/*" not in collected.sent(name), name
        assert (collected.root / name).read_text() == path.read_text()


def test_files_of_others_are_sent_as_they_are(collected: Collected) -> None:
    name = "admin/js/core.js"
    theirs = Path(django.__file__).parent / "contrib/admin/static" / name
    assert minify.string("text/javascript", theirs.read_text()) != theirs.read_text()

    assert collected.sent(name) == theirs.read_text()


def test_a_script_needs_all_that_its_modules_import_each_once() -> None:
    needed = preloads.find_modules("landing/js/main.js")

    assert needed[0] == "landing/js/main.js"
    assert len(set(needed)) == len(needed)
    reached = [name for each in needed for name in loaded_by(each, (SOURCES / each).read_text())]
    assert {*needed[1:]} == {*reached}


def test_a_script_without_a_source_needs_only_itself() -> None:
    assert preloads.find_modules("landing/js/gone.js") == ("landing/js/gone.js",)


def get(url: str) -> tuple[Any, bytes]:
    """Headers and body of an answer."""
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.headers, answer.read()


def test_production_serves_hashed_files_for_good(daphne: Callable[..., DaphneServer]) -> None:
    server = daphne()
    _, page = get(server.url + "/")
    files = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', page.decode()))
    assert any(name.startswith("/static/landing/js/main.") for name in files)
    for name in files:
        assert re.search(r"\.[0-9a-f]{12}\.\w+$", name), name
        headers, _ = get(server.url + name)
        assert "immutable" in headers["Cache-Control"]


def test_production_answers_an_unknown_static_file_with_404(
    daphne: Callable[..., DaphneServer],
) -> None:
    with pytest.raises(urllib.error.HTTPError, match="404"):
        get(daphne().url + "/static/no-such-file.js")
