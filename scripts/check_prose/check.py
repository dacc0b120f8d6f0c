"""Apply all rules to files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from . import markdown_source, other_sources, python_source
from .documents import capitals
from .fragment import Fragment, Kind
from .mask import PLACEHOLDER, mask
from .rules import RULES

EXTRACTORS: dict[str, Callable[[str], Iterator[Fragment]]] = {
    ".md": markdown_source.extract,
    ".py": python_source.extract,
    ".js": other_sources.javascript,
    ".mjs": other_sources.javascript,
    ".css": other_sources.css,
    ".lua": other_sources.lua,
    ".html": other_sources.template,
    ".svg": other_sources.template,
    ".txt": other_sources.template,
    ".toml": other_sources.hash_comments,
    ".yaml": other_sources.hash_comments,
    ".yml": other_sources.hash_comments,
    ".sh": other_sources.hash_comments,
    ".conf": other_sources.hash_comments,
    ".service": other_sources.hash_comments,
    ".dockerignore": other_sources.hash_comments,
    "Dockerfile": other_sources.hash_comments,
    "Makefile": other_sources.hash_comments,
    ".env.example": other_sources.hash_comments,
    "run": other_sources.hash_comments,
}
#: Files that quote the forms to avoid, and files that programs write.
EXCLUDED = (
    "scripts/check_prose/rules.py",
    "tests/scripts/test_check_prose.py",
    "requirements.txt",
    "requirements-dev.txt",
)
#: A line with this comment may keep a form that the rules report.
ESCAPE = re.compile(r"(?:#|//|--|<!--|/\*|\{#)\s*prose: ok\b")


@dataclass(frozen=True, order=True)
class Finding:
    """One form to avoid, in one place."""

    path: str
    line: int
    rule: str
    text: str
    advice: str

    def __str__(self) -> str:
        """Return the line to print."""
        return f"{self.path}:{self.line}: {self.rule}: {self.text}; write {self.advice}"


@dataclass
class Result:
    """The findings of some files, and the escapes that were used."""

    findings: list[Finding] = field(default_factory=list)
    escapes: list[tuple[str, int]] = field(default_factory=list)

    def add(self, other: Result) -> None:
        """Append the result of another file."""
        self.findings += other.findings
        self.escapes += other.escapes


def check_file(path: Path, shown_as: str) -> Result:
    """Return the findings of one file. An escape without a finding is a finding."""
    source = path.read_text(encoding="utf-8")
    extract = EXTRACTORS.get(path.suffix) or EXTRACTORS[path.name]
    unused = {number for number, line in enumerate(source.split("\n"), 1) if ESCAPE.search(line)}
    escapes = set(unused)
    result = Result()
    try:
        fragments = list(extract(source))
    except SyntaxError as error:
        finding = Finding(shown_as, error.lineno or 1, "syntax", error.msg, "valid Python")
        return Result([finding])
    for fragment in fragments:
        for first, last, rule, text, advice in _forms(fragment):
            used = escapes & {*range(first, last + 1), fragment.last_line}
            unused -= used
            if used:
                result.escapes.append((shown_as, first))
            else:
                result.findings.append(Finding(shown_as, first, rule, text, advice))
    for line in unused:
        finding = Finding(shown_as, line, "unused-escape", "prose: ok", "the line without it")
        result.findings.append(finding)
    return result


def _forms(fragment: Fragment) -> Iterator[tuple[int, int, str, str, str]]:
    """Yield first line, last line, rule, text, and advice for each form to avoid."""
    text = mask(fragment.text)
    for rule in RULES:
        if fragment.kind in rule.kinds:
            for match in rule.matches(text):
                first, last = (fragment.line_at(at) for at in match.span())
                yield first, last, rule.name, _excerpt(fragment.text, match), rule.advice
    if fragment.kind is Kind.HEADING:
        for word in capitals(fragment):
            line = fragment.line
            yield line, line, "heading-case", word, f'"{word.lower()}": headings have sentence case'


def _excerpt(text: str, match: re.Match[str]) -> str:
    """Return the match with a few words around it, on one line."""
    start, end = match.span()
    before = " ".join(text[:start].split(" ")[-3:])
    after = " ".join(text[end:].split(" ")[:3])
    return f'"{before}{match[0]}{after}"'.replace("\n", " ").replace(PLACEHOLDER, "")


def files(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield the files with prose among the given files and below the given folders."""
    for path in paths:
        if path.is_dir():
            yield from files(
                child
                for child in sorted(path.iterdir())
                if not child.name.startswith((".venv", ".git", "__pycache__", "node_modules"))
            )
        elif path.suffix in EXTRACTORS or path.name in EXTRACTORS:
            yield path
