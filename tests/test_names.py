"""The names of the app, here and in the package."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from landing import names
from tests.services.site import ROOT

#: At the start of a text, after the name of an admin site, and as a table in SQL.
LABEL_IN_CODE = re.compile(
    r"""["']landing[._:\-"']|:landing_|\b(?:FROM|INTO|UPDATE|JOIN|TABLE|=|WHEN|ELSE) landing_\w"""
)


def _names_in_package(tmp_path: Path, code: str) -> str:
    package = tmp_path / "live_user_counter"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "names.py").write_text((ROOT / "landing" / "names.py").read_text())
    program = f"from live_user_counter import names; print({code})"
    command = [sys.executable, "-c", program]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    return run.stdout.strip()


def test_the_app_of_this_repository_keeps_its_names() -> None:
    assert names.LABEL == "landing"
    assert names.index_name("analytics_window") == "landing_analytics_window"
    assert names.permission("view_analytics") == "landing.view_analytics"
    assert names.admin_url("dashboard") == "admin:landing_dashboard"


def test_the_package_has_names_of_its_own(tmp_path: Path) -> None:
    code = "names.LABEL, names.permission('view_analytics'), names.index_name('analytics_window')"
    expected = "live_user_counter live_user_counter.view_analytics luc_analytics_window"
    assert _names_in_package(tmp_path, code) == expected


def test_no_code_of_the_app_repeats_its_label() -> None:
    """Strings such as "landing.view_analytics" would be wrong in the package."""
    allowed = {"names.py", "landing.py"}
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sorted((ROOT / "landing").rglob("*.py"))
        if path.name not in allowed
        # The package of the site has a name of its own.
        for number, line in enumerate(
            path.read_text().replace('"landing_site.', "").splitlines(), 1
        )
        if LABEL_IN_CODE.search(line)
    ]
    assert found == []
