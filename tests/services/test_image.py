"""The Dockerfile and its ``.dockerignore`` are read as Docker reads them."""

from __future__ import annotations

from pathlib import Path

from tests.services.image import context, read_stages


def test_the_last_pattern_that_matches_decides(tmp_path: Path) -> None:
    for name in ("app/a.py", "app/__pycache__/a.pyc", "app/.env", ".env", "notes/app/a.py", "run"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / ".dockerignore").write_text("# a comment\n*\n!app\n!run\n**/__pycache__\n")
    assert sorted(context(tmp_path)) == ["app/.env", "app/a.py", "run"]


def test_a_dockerfile_has_stages_with_variables() -> None:
    first, second = read_stages(
        "# a comment\nFROM a:1 AS b\nRUN c\n\nFROM d:2\nENV A=b=c\nENV D=e\n"
    )
    assert (first.image, first.all("RUN")) == ("a:1", ["c"])
    assert (second.image, second.environment) == ("d:2", {"A": "b=c", "D": "e"})
