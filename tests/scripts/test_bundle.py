"""The classic scripts are built from modules, and static files storages leave them as they are."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from django.core.files.storage import FileSystemStorage

from scripts import bundle


class ImportHashingStorage(ManifestStaticFilesStorage):
    """Django's storage with its support of ES modules."""

    support_js_module_import_aggregation = True


def run(node_path: Path, folder: Path, *entries: str) -> str:
    """Bundle modules, run them as a classic script, and return what they print."""
    script = folder / "bundled.cjs"
    script.write_text("globalThis.window = globalThis;" + bundle.link(bundle.load(entries, folder)))
    done = subprocess.run([node_path, script], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


ALL = pytest.mark.parametrize("each", bundle.BUNDLES, ids=lambda each: each.name)


def write(folder: Path, **modules: str) -> Path:
    for name, code in modules.items():
        (folder / f"{name}.js").write_text(code, encoding="utf-8")
    return folder


def read(each: bundle.Bundle) -> str:
    return each.path.read_text(encoding="utf-8")


@ALL
def test_the_committed_script_is_built_from_the_modules(each: bundle.Bundle) -> None:
    is_current = read(each) == each.build()
    assert is_current, f"{each.name} is out of date. Run make bundle, and commit it."


@ALL
def test_the_committed_script_names_its_sources_for_systems_without_the_minifier(
    each: bundle.Bundle,
) -> None:
    is_current = bundle.digest(each.link()) in read(each)
    assert is_current, f"{each.name} is out of date. Run make bundle, and commit it."


def test_a_system_without_the_minifier_gets_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "minify", None)
    with pytest.raises(SystemExit, match="tdewolff-minify has no build for this system"):
        bundle.main()


def test_the_scripts_are_written_with_the_same_bytes_on_every_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    committed = {each.name: each.path.read_bytes() for each in bundle.BUNDLES}
    (tmp_path / "js").symlink_to(bundle.STATIC / "js")
    (tmp_path / "dashboard").symlink_to(bundle.STATIC / "dashboard")
    monkeypatch.setattr(bundle, "STATIC", tmp_path)

    bundle.main()

    written = {path.name: path.read_bytes() for path in tmp_path.glob("*.js")}
    assert written == committed
    assert all(code.isascii() and b"\r" not in code for code in written.values())


def test_the_script_has_the_elements_that_the_modules_define() -> None:
    modules = bundle.load(bundle.ELEMENTS.entries, bundle.STATIC)
    code = "".join(module.body for module in modules)
    named = re.findall(r'define\("([\w-]+)"|^const NAME = "([\w-]+)"', code, re.MULTILINE)
    assert {first or second for first, second in named} == set(bundle.ELEMENTS.elements)


def test_every_module_that_imports_others_is_in_a_script() -> None:
    """A storage with hashed names may not replace the names in its imports."""
    bundled = {
        module.path
        for each in bundle.BUNDLES
        for module in bundle.load(each.entries, bundle.STATIC)
    }
    importing = {
        path
        for path in bundle.STATIC.rglob("*.js")
        if re.search(r"^import\b", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert importing <= bundled


@ALL
def test_the_script_has_every_module_that_it_needs_once(each: bundle.Bundle) -> None:
    names = [module.path for module in bundle.load(each.entries, bundle.STATIC)]
    assert len(set(names)) == len(names)
    entries = [bundle.STATIC / entry for entry in each.entries]
    assert [name for name in names if name in entries] == entries


@ALL
def test_the_script_is_not_a_module(each: bundle.Bundle, node_path: Path) -> None:
    code = read(each)
    assert not re.search(r"\b(import|export)\b", code)
    assert "sourceMappingURL" not in code
    check = 'new Function(require("node:fs").readFileSync(process.argv[1], "utf8"))'
    subprocess.run([node_path, "-e", check, each.path], check=True, timeout=60)


@ALL
@pytest.mark.parametrize("storage_class", [ManifestStaticFilesStorage, ImportHashingStorage])
def test_storages_with_hashed_names_leave_the_script_as_it_is(
    tmp_path: Path,
    storage_class: type[ManifestStaticFilesStorage],
    each: bundle.Bundle,
    settings: Any,
) -> None:
    settings.DEBUG = False
    name = each.path.relative_to(bundle.STATIC.parent).as_posix()
    storage = storage_class(location=str(tmp_path), base_url="/static/")
    source = FileSystemStorage(location=str(bundle.STATIC.parent))
    with source.open(name) as script:
        storage.save(name, script)

    processed = list(storage.post_process({name: (source, name)}))

    [(_, hashed, is_processed)] = processed
    assert is_processed is True and hashed != name
    assert storage.url(name) == f"/static/{hashed}"
    assert (tmp_path / str(hashed)).read_bytes() == each.path.read_bytes()


def test_modules_run_once_each_after_those_that_they_import(
    node_path: Path, tmp_path: Path
) -> None:
    write(
        tmp_path,
        base='console.log("base");\nexport const value = 1;',
        left='import { value } from "./base.js";\nconsole.log("left", value);',
        right='import "./left.js";\nimport { value as one } from "./base.js";\nconsole.log(one);',
        first='import "./right.js";\nconsole.log("first");',
        second='import "./base.js";\nconsole.log("second");',
    )
    assert run(node_path, tmp_path, "first.js", "second.js").split("\n") == [
        "base",
        "left 1",
        "1",
        "first",
        "second",
        "",
    ]


def test_names_of_different_modules_do_not_meet(node_path: Path, tmp_path: Path) -> None:
    write(
        tmp_path,
        one='const hidden = "one";\nexport const NAME = hidden;\nexport function read() {\n'
        "  return hidden;\n}",
        two='const hidden = "two";\nexport const NAME = hidden;\nexport class Two {\n'
        "  name = NAME;\n}",
        main='import { NAME, read } from "./one.js";\nimport {\n  NAME as second,\n  Two,\n} from '
        '"./two.js";\nconst hidden = "main";\n'
        "console.log(NAME, second, read(), new Two().name, hidden, Two.name);",
    )
    assert run(node_path, tmp_path, "main.js") == "one two one two main Two\n"


def test_functions_of_a_module_can_wait(node_path: Path, tmp_path: Path) -> None:
    write(
        tmp_path,
        waiting="export async function wait() {\n  return 7;\n}",
        main='import { wait } from "./waiting.js";\nwait().then(console.log);',
    )
    assert run(node_path, tmp_path, "main.js") == "7\n"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("export default 1;", "cannot bundle export default 1;"),
        ("const a = 1;\nexport { a };", "cannot bundle export { a };"),
        ('export * from "./other.js";', "cannot bundle export"),
        ("export let a = 1;", "cannot bundle export let a = 1;"),
        ('import * as all from "./other.js";', r"cannot bundle import \* as all"),
        ('import all from "./other.js";', "cannot bundle import all"),
        ('import { a } from "./other.js"', "cannot bundle import { a }"),
        ('import { a } from "package";', "cannot bundle import { a }"),
        ('const a = await import("./other.js");', "cannot bundle const a = await import"),
        ("console.log(import.meta.url);", "cannot bundle console.log"),
        ('import { gone } from "./other.js";\n', "other.js does not export gone"),
        ('import { value } from "./itself.js";\n', "import each other: itself.js -> itself.js"),
    ],
)
def test_other_syntax_of_modules_is_an_error(tmp_path: Path, code: str, message: str) -> None:
    write(tmp_path, other="export const a = 1;", itself=code)
    with pytest.raises(bundle.BundleError, match=message):
        bundle.load(("itself.js",), tmp_path)


def test_a_comment_may_name_a_module(tmp_path: Path) -> None:
    write(tmp_path, main='/** @type {import("./types.js").Item} */\n// import("./x.js")\nlet a;')
    assert len(bundle.load(("main.js",), tmp_path)) == 1


@pytest.mark.parametrize("text", ["schön", "…", "\N{GRINNING FACE}", "‘’"])
def test_texts_are_the_same_in_a_page_of_any_encoding(node_path: Path, text: str) -> None:
    escaped = bundle._escape(f'process.stdout.write("{text}")')
    assert escaped.isascii()
    done = subprocess.run([node_path, "-e", escaped], capture_output=True, timeout=60)
    assert done.stdout.decode() == text
