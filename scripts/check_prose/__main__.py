"""Run the prose check and print its findings."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from .check import EXCLUDED, Result, check_file, files
from .documents import average, sentence_lengths

ROOT = Path(__file__).resolve().parents[2]
DEFAULT_PATHS = (
    *("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "docs"),
    *("landing", "landing_site", "scripts", "static", "templates", "tests"),
    *("Dockerfile", ".dockerignore", "deploy"),
    *("Makefile", "pyproject.toml", ".env.example", ".ci", ".github", ".pre-commit-config.yaml"),
)
MAX_AVERAGE_WORDS = 20
#: Django writes most of such a file.
NUMBERED_MIGRATION = re.compile(r"/migrations/\d{4}_\w+\.py\Z")


def main(arguments: list[str] | None = None) -> int:
    """Check the given files and folders, or the whole project. Return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m scripts.check_prose", description=__doc__)
    parser.add_argument("paths", nargs="*", type=Path, help="files and folders to check")
    given = [path.resolve() for path in parser.parse_args(arguments).paths]
    for path in given:
        if not path.exists():
            parser.error(f"{path} does not exist")
    defaults = [ROOT / name for name in DEFAULT_PATHS if (ROOT / name).exists()]
    result = Result()
    for path in files(given or defaults):
        name = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else str(path)
        if name not in EXCLUDED and not NUMBERED_MIGRATION.search(name):
            result.add(check_file(path, name))
    for finding in sorted(result.findings):
        sys.stdout.write(f"{finding}\n")
    is_short = report_sentence_lengths()
    sys.stdout.write(f"{len(result.findings)} findings, {len(result.escapes)} escapes\n")
    return 0 if is_short and not result.findings else 1


def report_sentence_lengths() -> bool:
    """Print the average length of sentences. Return whether it is within the limit."""
    documents = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    words = [length for path in documents for length in sentence_lengths(path.read_text("utf-8"))]
    mean = average(words)
    sys.stdout.write(
        f"README.md and docs: {len(words)} sentences, {mean:.1f} words on average "
        f"(at most {MAX_AVERAGE_WORDS})\n"
    )
    return mean <= MAX_AVERAGE_WORDS


if __name__ == "__main__":
    sys.exit(main())
