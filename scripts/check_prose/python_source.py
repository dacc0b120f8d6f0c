"""Find docstrings, comments, messages, and names in Python source."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator, Sequence

from .fragment import Fragment, Kind

#: Shorter strings are identifiers, keys, and labels rather than sentences.
MIN_WORDS = 3
_Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
_SQL_OR_MARKUP = re.compile(r"\A\s*(?:SELECT|INSERT|UPDATE|DELETE|CREATE|WITH|<|\{%)")


def extract(source: str) -> Iterator[Fragment]:
    """Yield the prose of one Python file."""
    nodes = list(ast.walk(ast.parse(source)))
    docstrings: set[int] = set()
    for node in nodes:
        if isinstance(node, _Documented) and (docstring := _docstring(node)) is not None:
            docstrings.add(id(docstring))
            yield from _paragraphs(docstring)
    yield from _names(nodes)
    yield from _messages(nodes, docstrings)
    yield from _comments(source)


def _names(nodes: Sequence[ast.AST]) -> Iterator[Fragment]:
    """Yield each name once, in the line that defines it first."""
    lines: dict[str, int] = {}
    for node in nodes:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                name, line = node.name, node.lineno
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                line = node.lineno
            case ast.arg(arg=name):
                line = node.lineno
            case _:
                continue
        lines[name] = min(line, lines.get(name, line))
    for name, line in lines.items():
        yield Fragment.of(line, _words(name), Kind.NAME)


def _docstring(node: _Documented) -> ast.Constant | None:
    first = node.body[0] if node.body else None
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        return first.value if isinstance(first.value.value, str) else None
    return None


def _paragraphs(node: ast.Constant) -> Iterator[Fragment]:
    """Yield each paragraph of a docstring."""
    line, last = node.lineno, node.end_lineno
    for paragraph in re.split(r"(\n\s*\n)", str(node.value)):
        if paragraph.strip():
            yield Fragment.of(line, paragraph, Kind.DOCSTRING, last)
        line += paragraph.count("\n")


def _messages(nodes: Sequence[ast.AST], docstrings: set[int]) -> Iterator[Fragment]:
    inside_f_strings: set[int] = set()
    for node in nodes:
        if isinstance(node, ast.JoinedStr):
            inside_f_strings.update(id(part) for part in node.values)
            text = "".join(
                str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values
            )
        elif (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in docstrings | inside_f_strings
        ):
            text = node.value
        else:
            continue
        if len(re.findall(r"[a-z]+", text)) >= MIN_WORDS and not _SQL_OR_MARKUP.match(text):
            yield Fragment.of(node.lineno, text, Kind.MESSAGE, node.end_lineno)


def _comments(source: str) -> Iterator[Fragment]:
    """Yield comments. Comments on adjacent lines of their own are one fragment."""
    block: list[str] = []
    start = previous = 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT:
            continue
        line = token.start[0]
        is_alone = token.line.lstrip().startswith("#")
        if block and not (is_alone and line == previous + 1):
            yield Fragment.of(start, "\n".join(block), Kind.COMMENT)
            block = []
        if not block:
            start = line
        block.append(token.string.lstrip("#:! "))
        previous = line if is_alone else 0
    if block:
        yield Fragment.of(start, "\n".join(block), Kind.COMMENT)


def _words(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).replace("_", " ").strip()
