"""Build classic scripts from ES modules: of the elements, the dashboard, and the live map.

    python -m scripts.bundle

A host loads one file, whatever its static files storage makes of ``import`` statements. Each
module becomes a function, so its names stay its own. Constants around these functions hold the
exports that other modules import. docs/decisions/0022-classic-script.md has the reasons.
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

try:
    import minify
except ImportError:  # there is no build for this system
    minify = None

STATIC = Path(__file__).resolve().parent.parent / "static" / "live_user_counter"


class Bundle(NamedTuple):
    """A classic script: its name, and the modules that it runs, in this order."""

    name: str
    entries: tuple[str, ...]
    #: The custom elements that it defines. It does nothing on a page that has all of them.
    elements: tuple[str, ...] = ()

    @property
    def path(self) -> Path:
        """Return the file."""
        return STATIC / self.name

    def link(self) -> str:
        """Return the script before it is minified."""
        return link(load(self.entries, STATIC), self.elements)

    def build(self) -> str:
        """Return the script, minified and in ASCII.

        A classic script has the encoding of its page, which need not be UTF-8.
        """
        source = self.link()
        code = _escape(minify.string("text/javascript", source))
        notice = f'/* Built by "make bundle" from modules ({digest(source)}). MIT License. */'
        return f"{notice}\n{code}\n"


ELEMENTS = Bundle(
    "live-user-counter.js",
    ("js/main.js", "js/elements/live-places.js"),
    ("live-user-counter", "live-activity-feed", "live-places"),
)
BUNDLES = (
    ELEMENTS,
    Bundle("dashboard.js", ("dashboard/main.js",)),
    Bundle("live-map.js", ("js/map/main.js",)),
)

_IMPORT = re.compile(r'^import\s+(?:\{([^}]*)\}\s*from\s*)?"(\.{1,2}/[^"]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:const|class|function|async function) ([\w$]+))", re.MULTILINE)
#: Statements that the two patterns leave, and expressions that only a module may have.
_UNSUPPORTED = re.compile(r"^(?:import|export)\b.*|^.*\bimport\s*[(.].*", re.MULTILINE)
_COMMENT = re.compile(r"/\*.*?\*/|^\s*//.*?$", re.DOTALL | re.MULTILINE)


class BundleError(Exception):
    """A module cannot be bundled."""


@dataclass
class Module:
    """One ES module: its statements without ``import`` and ``export``, and their names."""

    path: Path
    body: str
    exports: list[str]
    #: The imported names by local name, each with the path of its module.
    imports: dict[str, tuple[Path, str]] = field(default_factory=dict)
    #: The modules that it imports, in order.
    needs: list[Path] = field(default_factory=list)


def main() -> None:
    """Write the scripts."""
    if minify is None:
        sys.exit("tdewolff-minify has no build for this system. Run make bundle on Linux.")
    for bundle in BUNDLES:
        bundle.path.write_text(bundle.build(), encoding="utf-8", newline="\n")
        sys.stdout.write(f"{bundle.path}: {bundle.path.stat().st_size} bytes\n")


def digest(source: str) -> str:
    """Return a short hash of the script before it is minified."""
    return hashlib.sha256(source.encode()).hexdigest()[:16]


def load(entries: tuple[str, ...], folder: Path) -> list[Module]:
    """Return the modules that the entries need, each after those that it imports."""
    modules: dict[Path, Module] = {}
    for entry in entries:
        _visit((folder / entry).resolve(), modules, ())
    return list(modules.values())


def _visit(path: Path, modules: dict[Path, Module], importers: tuple[Path, ...]) -> None:
    if path in importers:
        names = " -> ".join(each.name for each in (*importers, path))
        raise BundleError(f"Modules must not import each other: {names}")
    if path in modules:
        return
    module = parse(path)
    for needed in module.needs:
        _visit(needed, modules, (*importers, path))
    for imported_from, name in module.imports.values():
        if name not in modules[imported_from].exports:
            raise BundleError(f"{path}: {imported_from.name} does not export {name}")
    modules[path] = module


def parse(path: Path) -> Module:
    """Split a module. Raise :class:`BundleError` for syntax that would change its meaning."""
    source = path.read_text(encoding="utf-8")
    module = Module(path, "", _EXPORT.findall(source))
    for names, address in _IMPORT.findall(source):
        needed = (path.parent / address).resolve()
        module.needs.append(needed)
        for each in filter(None, map(str.strip, names.split(","))):
            name, _, local = each.partition(" as ")
            module.imports[local.strip() or name] = needed, name.strip()
    module.body = _EXPORT.sub("", _IMPORT.sub("", source)).strip()
    unsupported = _UNSUPPORTED.search(_COMMENT.sub("", module.body))
    if unsupported:
        raise BundleError(f"{path}: cannot bundle {unsupported[0].strip()}")
    return module


def link(modules: list[Module], elements: tuple[str, ...] = ()) -> str:
    """Return one function that runs the modules in order, unless the page has all elements."""
    used = {imported for module in modules for imported in module.imports.values()}
    outer = dict(_name_constants(modules, used))
    lines = ["(() => {", '"use strict";']
    if elements:
        lines.append(f"const names = {list(elements)};")
        lines.append("if (names.every((name) => window.customElements?.get(name))) return;")
    for module in modules:
        lines += _wrap(module, outer)
    return "\n".join([*lines, "})();"]) + "\n"


def _name_constants(
    modules: list[Module], used: set[tuple[Path, str]]
) -> Iterator[tuple[tuple[Path, str], str]]:
    """Yield the constant of each used export: its name, with a number if two modules share it."""
    seen: Counter[str] = Counter()
    for module in modules:
        for name in module.exports:
            if (module.path, name) in used:
                seen[name] += 1
                yield (module.path, name), name if seen[name] == 1 else f"{name}${seen[name]}"


def _wrap(module: Module, outer: dict[tuple[Path, str], str]) -> Iterator[str]:
    exports = [name for name in module.exports if (module.path, name) in outer]
    constants = ", ".join(outer[module.path, name] for name in exports)
    yield f"const [{constants}] = (() => {{" if exports else "(() => {"
    for local, imported in module.imports.items():
        if outer[imported] != local:
            yield f"const {local} = {outer[imported]};"
    yield module.body
    if exports:
        yield f"return [{', '.join(exports)}];"
    yield "})();"


def _escape(code: str) -> str:
    """Return the code with an escape sequence for each character beyond ASCII.

    Such characters are only in texts. Both forms mean the same there.
    """
    return "".join(each if each.isascii() else _escape_character(each) for each in code)


def _escape_character(character: str) -> str:
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))


if __name__ == "__main__":
    main()
