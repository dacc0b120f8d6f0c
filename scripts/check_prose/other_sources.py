"""Find comments and texts in scripts, style sheets, Lua, templates, and configuration."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .fragment import Fragment, Kind
from .python_source import MIN_WORDS

_JAVASCRIPT = re.compile(
    r"/\*(?P<block>.*?)\*/|(?P<comment>(?:(?<![\S])//[^\n]*(?:\n[ \t]*)?)+)"
    r'|(?P<string>"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|`(?:\\.|[^`\\])*`)',
    re.DOTALL,
)
_CSS = re.compile(r"/\*(?P<block>.*?)\*/", re.DOTALL)
_LUA = re.compile(
    r"--\[\[(?P<block>.*?)\]\]|(?P<comment>(?:--[^\n]*(?:\n[ \t]*)?)+)"
    r'|(?P<string>"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\')',
    re.DOTALL,
)
_HASH = re.compile(
    r"(?P<comment>(?:(?<![^\n])[ \t]*\#[^\n]*\n?)+|(?<=\s)\#\s[^\n]*)"
    r"|@echo\s+\"(?P<string>[^\n]*)\""
)
_TEMPLATE = re.compile(
    r"\{%\s*comment\b.*?%\}(?P<block>.*?)\{%\s*endcomment\s*%\}"
    r"|\{\#(?P<line>.*?)\#\}"
    r"|<!--(?P<html>.*?)-->"
    r"|(?P<skipped><(?:script|style)\b.*?</(?:script|style)>)"
    r"|\{%\s*(?:translate|trans)\s+\"(?P<string>[^\"]*)\""
    r"|\{%.*?%\}"
    r"|(?P<tag></?\w[^<>]*>)"
    r"|(?P<text>(?:[^<{]|<(?![\w/!])|\{(?![%#])(?:\{[^}]*\}\})?)+)",
    re.DOTALL,
)
_IN_TAG = re.compile(
    r"\{%\s*(?:translate|trans)\s+\"(?P<string>[^\"]*)\""
    r"|(?:alt|title|aria-label|placeholder)=\"(?P<attribute>[^\"{]*)\""
)
_KINDS = {"string": Kind.MESSAGE, "attribute": Kind.MESSAGE, "text": Kind.TEXT}
_MARKERS = re.compile(r"^[ \t]*(?://+|--+|\#+|\*+(?!/))[ \t]?", re.MULTILINE)


def javascript(source: str) -> Iterator[Fragment]:
    """Yield comments and sentences in strings of a script."""
    return _extract(_JAVASCRIPT, source)


def css(source: str) -> Iterator[Fragment]:
    """Yield the comments of a style sheet."""
    return _extract(_CSS, source)


def lua(source: str) -> Iterator[Fragment]:
    """Yield comments and sentences in strings of a Lua script."""
    return _extract(_LUA, source)


def hash_comments(source: str) -> Iterator[Fragment]:
    """Yield the comments of a Makefile, a shell script, TOML, or YAML, and echoed lines."""
    return _extract(_HASH, source)


def template(source: str) -> Iterator[Fragment]:
    """Yield comments, texts, and translated strings of a template."""
    return _extract(_TEMPLATE, source)


def _extract(pattern: re.Pattern[str], source: str) -> Iterator[Fragment]:
    for match in pattern.finditer(source):
        if match.lastgroup == "tag":
            for inner in _IN_TAG.finditer(source, *match.span()):
                yield from _fragments(inner)
        elif match.lastgroup not in (None, "skipped"):
            yield from _fragments(match)


def _fragments(match: re.Match[str]) -> Iterator[Fragment]:
    group = str(match.lastgroup)
    kind = _KINDS.get(group, Kind.COMMENT)
    text = match[group]
    words = len(re.findall(r"[A-Za-z]+", text))
    if words == 0 or (kind is Kind.MESSAGE and words < MIN_WORDS):
        return
    if kind is Kind.COMMENT:
        text = _MARKERS.sub("", text)
    elif kind is Kind.MESSAGE:
        text = re.sub(r"\A[\"'`]|[\"'`]\Z|\$\{[^}]*\}", " ", text)
    leading = len(text) - len(text.lstrip())
    line = match.string.count("\n", 0, match.start(group)) + 1 + text.count("\n", 0, leading)
    yield Fragment.of(line, text.strip(), kind)
