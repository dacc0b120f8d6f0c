"""The prose check: each rule by its examples, each file type, escapes, headings, and lengths."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.check_prose.__main__ import main
from scripts.check_prose.check import check_file
from scripts.check_prose.documents import capitals, lengths, sentence_lengths
from scripts.check_prose.fragment import Fragment, Kind
from scripts.check_prose.mask import mask
from scripts.check_prose.rule import Rule
from scripts.check_prose.rules import RULES

FOUND = [
    pytest.param(rule, example, id=f"{rule.name}: {example}")
    for rule in RULES
    for example in rule.found
]
CLEAN = [
    pytest.param(rule, example, id=f"{rule.name}: {example}")
    for rule in RULES
    for example in rule.clean
]


def report(folder: Path, name: str, source: str) -> list[tuple[int, str]]:
    """Return line and rule of each finding in a file with this content."""
    path = folder / name
    path.write_text(source, encoding="utf-8")
    return sorted((finding.line, finding.rule) for finding in check_file(path, name).findings)


@pytest.mark.parametrize(("rule", "example"), FOUND)
def test_a_rule_reports_its_bad_examples(rule: Rule, example: str) -> None:
    assert list(rule.matches(mask(example)))


@pytest.mark.parametrize(("rule", "example"), CLEAN)
def test_a_rule_accepts_its_good_examples(rule: Rule, example: str) -> None:
    assert not list(rule.matches(mask(example)))


def test_each_rule_has_a_unique_name_and_examples_of_both() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert all(rule.found and rule.clean and rule.advice for rule in RULES)


def test_a_form_across_a_line_break_is_reported(tmp_path: Path) -> None:
    assert report(tmp_path, "a.md", "Text.\n\nIt keeps so\nmany frames.\n") == [(3, "so-many")]


@pytest.mark.parametrize(
    "hidden",
    [
        "Use `so many` here.",
        "Use ``so many`` here.",
        'He wrote "so many" here.',
        "Read <https://example.org/so many>.",
        "```\nso many\n```",
        "| `so many` | cell |",
        "Read [this](so-many.md).",
    ],
)
def test_code_quotations_and_addresses_are_not_prose(tmp_path: Path, hidden: str) -> None:
    assert report(tmp_path, "a.md", hidden) == []


PYTHON = '''\
"""Read anew."""

# Read
# anew.
value = 1  # anew


def told_all() -> None:
    """Return.

    Read anew.
    """
    raise ValueError(
        f"{value} is read "
        "anew here"
    )
'''


def test_python_docstrings_comments_messages_and_names_are_prose(tmp_path: Path) -> None:
    assert report(tmp_path, "a.py", PYTHON) == [
        (1, "archaic"),
        (4, "archaic"),
        (5, "archaic"),
        (8, "speech"),
        (11, "archaic"),
        (14, "archaic"),
    ]


def test_a_syntax_error_is_a_finding(tmp_path: Path) -> None:
    assert report(tmp_path, "a.py", "ok = 1\ndef\n") == [(2, "syntax")]


def test_short_strings_are_not_messages(tmp_path: Path) -> None:
    assert report(tmp_path, "a.py", 'EVENT = "told"\n') == []


@pytest.mark.parametrize(
    ("name", "source", "line"),
    [
        ("a.js", 'const url = "http://x";\n// Read\n// anew.\n', 3),
        ("a.js", "/**\n * Read\n * anew.\n */\n", 3),
        ("a.js", "warn(`It is read ${how} anew`);\n", 1),
        ("a.css", "/* Read anew. */\n", 1),
        ("a.lua", "-- Read\n-- anew.\nlocal told = 1\n", 2),
        ("a.html", "<p>\n  Read anew.</p>", 2),
        ("a.html", "{# Read anew. #}", 1),
        ("a.html", '<p>{% translate "It is read anew" %}</p>', 1),
        ("a.html", "<b>1</b>{% comment %}\nRead anew.{% endcomment %}", 2),
        ("a.html", '<img alt="It is read anew">', 1),
        ("a.toml", 'key = "anew"  # Read anew.\n', 1),
        ("Makefile", 'help:\n\t@echo "make all  reads it anew"\n', 2),
        ("Dockerfile", "FROM a\n# Read anew\n", 2),
        ("a.conf", "a b;\n# Read anew\n", 2),
    ],
)
def test_other_files_have_prose_too(tmp_path: Path, name: str, source: str, line: int) -> None:
    assert report(tmp_path, name, source) == [(line, "archaic")]


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("a.html", "<p>{{ said.words }}</p><script>anew</script>"),
        ("a.html", '<p class="anew">Text</p>'),
        ("a.js", 'const anew = "https://example.org/anew";\n'),
        ("a.lua", "local anew = told(1)\n"),
    ],
)
def test_code_in_other_files_is_not_prose(tmp_path: Path, name: str, source: str) -> None:
    assert report(tmp_path, name, source) == []


def test_an_escape_keeps_a_form_and_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text('"""Read anew."""  # prose: ok\n')
    result = check_file(path, "a.py")
    assert (result.findings, result.escapes) == ([], [("a.py", 1)])


def test_an_escape_that_nothing_needs_is_reported(tmp_path: Path) -> None:
    assert report(tmp_path, "a.md", "Fine. <!-- prose: ok -->\n") == [(1, "unused-escape")]


@pytest.mark.parametrize(
    ("heading", "wrong"),
    [
        ("Deploying Behind nginx", ["Behind"]),
        ("Redis and Django", []),
        ("1. One worker: Two parts", []),
        ("The `Worker` class and LANDING_SITE", []),
        ("Redis's Leases", ["Leases"]),
    ],
)
def test_headings_have_sentence_case(heading: str, wrong: list[str]) -> None:
    assert list(capitals(Fragment.of(1, heading, Kind.HEADING))) == wrong


def test_a_sentence_ends_with_a_period_and_code_counts_as_one_word() -> None:
    assert list(lengths("Run `make all now` twice, e.g. here. Then (really) stop!")) == [5, 3]


def test_tables_headings_and_code_blocks_have_no_sentences() -> None:
    source = "# One\n\n| two | three |\n\n```\nfour five\n```\n\n- six seven\n- eight.\n"
    assert list(sentence_lengths(source)) == [2, 1]


def test_the_command_prints_each_finding_and_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.md").write_text("# Title\n\nRead anew.\n")
    assert main([str(tmp_path)]) == 1
    out = capsys.readouterr().out
    assert f'{tmp_path}/a.md:3: archaic: "Read anew."; write "again"' in out
    assert "1 findings, 0 escapes" in out


def test_the_command_passes_without_a_finding(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.md").write_text("# Title\n\nRead again.\n")
    assert main([str(tmp_path)]) == 0
    assert "words on average (at most 20)" in capsys.readouterr().out
