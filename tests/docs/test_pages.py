"""The documentation names only what exists, and keeps its form."""

from __future__ import annotations

import re
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import pytest
from prometheus_client import Metric

from tests.metrics import samples
from tests.services.site import ROOT

PAGES = sorted(path.relative_to(ROOT) for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
CHANGELOG = Path("CHANGELOG.md")
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
SECTIONS = ("**Status:**", "## Context", "## Decision", "## Consequences")
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#{1,4} (.+)$", re.MULTILINE)
CODE_PATH = re.compile(
    r"`((?:landing|landing_site|tests|docs|static|templates|scripts|locale)/[\w./*-]+)`"
)


def read(page: Path) -> str:
    """Return the text of a page without its code blocks."""
    return re.sub(r"```.*?```", "", (ROOT / page).read_text(), flags=re.DOTALL)


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page, as GitHub derives them from its headings."""
    words = (re.sub(r"[^\w\- ]", "", heading).lower() for heading in HEADING.findall(read(page)))
    return {heading.replace(" ", "-") for heading in words}


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    for target in LINK.findall(read(page)):
        if target.startswith(("http:", "https:")):
            continue
        file, _, anchor = target.partition("#")
        linked = (ROOT / page.parent / file).resolve() if file else ROOT / page
        assert linked.exists(), target
        assert not anchor or anchor in anchors(linked.relative_to(ROOT)), target


@pytest.mark.parametrize("page", [page for page in PAGES if page != CHANGELOG], ids=str)
def test_every_path_exists(page: Path) -> None:
    for path in CODE_PATH.findall((ROOT / page).read_text()):
        assert any(ROOT.glob(path.rstrip("/"))), path


@pytest.mark.parametrize("page", [page for page in PAGES if page != CHANGELOG], ids=str)
def test_no_heading_repeats_on_a_page(page: Path) -> None:
    headings = Counter(HEADING.findall(read(page)))
    assert [heading for heading, count in headings.items() if count > 1] == []


def test_every_new_module_in_the_changelog_exists_or_has_a_newer_name() -> None:
    row = r"^ *\| `(landing(?:_site)?\.[\w.]+)` \| (.+) \|$"
    renamed: set[str] = set()  # from the newest version to the oldest
    for section in re.split(r"^## ", read(CHANGELOG), flags=re.MULTILINE):
        moves = re.findall(row, section, re.MULTILINE)
        for module in re.findall(r"`([\w.]+)`", " ".join(now for _, now in moves)):
            assert module in renamed or find_spec(module) is not None, module
        renamed |= {before for before, _ in moves}
    assert "landing_site.entry" in renamed


def test_the_folders_of_the_app_are_in_the_architecture() -> None:
    architecture = (ROOT / "docs/architecture.md").read_text()
    folders = [path.parent for path in ROOT.glob("landing*/**/__init__.py")]
    nested = {"commands", "demo"}
    for name in {folder.name for folder in folders} - nested:
        assert f"{name}/" in architecture, name
    for module in [*ROOT.glob("landing/live/*.py"), *ROOT.glob("landing_site/*.py")]:
        assert module.name in {"__init__.py", "apps.py"} or module.name in architecture, module


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_has_a_number_and_all_sections(decision: Path) -> None:
    text = decision.read_text()
    positions = [text.find(section) for section in SECTIONS]

    assert text.startswith(f"# {int(decision.name[:4])}. ")
    assert -1 not in positions
    assert positions == sorted(positions)


def test_the_findings_of_the_documentation_exist() -> None:
    page = (ROOT / "docs/troubleshooting.md").read_text()
    lists = re.findall(r"findings? ((?:`[\w-]+`(?:, | or | and )?)+)", page)
    named = set(re.findall(r"`([\w-]+)`", " ".join(lists)))
    code = "".join(path.read_text() for path in (ROOT / "landing/doctor").glob("*.py"))
    assert len(named) > 10
    assert [name for name in named if f'"{name}"' not in code] == []


def test_the_numbers_of_decisions_have_no_gap() -> None:
    numbers = [int(decision.name[:4]) for decision in DECISIONS]
    assert numbers == list(range(1, len(numbers) + 1))


def test_the_glossary_defines_each_term_once() -> None:
    terms_of_the_code, _, _ = (ROOT / "docs/glossary.md").read_text().partition("## Public names")
    cells = re.findall(r"^\| ([^|]+) \|", terms_of_the_code, re.MULTILINE)
    terms = Counter(term.strip() for cell in cells for term in cell.split(","))
    del terms["term"], terms["---"]

    assert [term for term, count in terms.items() if count > 1] == []


@pytest.fixture
async def families() -> list[Metric]:
    """Return the project's own metrics."""
    found = await samples.of_a_serving_process()
    return [each for each in found if each.name.startswith("landing_")]


def test_every_metric_is_documented(families: list[Metric]) -> None:
    monitoring = (ROOT / "docs/monitoring.md").read_text()
    assert families
    for family in families:
        name = f"{family.name}_total" if family.type == "counter" else family.name
        assert f"`{name}`" in monitoring, name
