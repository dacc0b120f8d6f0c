from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from servestatic.middleware import ServeStaticMiddleware

from tests.services import static_scan


async def respond(_: HttpRequest) -> HttpResponse:
    return HttpResponse()


def served() -> dict[str, Any]:
    """Return the paths and headers by URL, and the directories."""
    middleware = ServeStaticMiddleware(respond)
    files = {url: file.alternatives for url, file in middleware.files.items()}
    return {"files": files, "directories": middleware.directories}


def test_the_shared_files_are_those_of_a_scan(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ServeStaticMiddleware.add_files_from_finders is not static_scan.SCAN
    first, shared = served(), served()
    monkeypatch.setattr(ServeStaticMiddleware, "add_files_from_finders", static_scan.SCAN)
    assert first == shared == served()
    assert "/static/live_user_counter/favicon.svg" in shared["files"]


def test_other_settings_have_a_scan_of_their_own(settings: Any, tmp_path: Path) -> None:
    (tmp_path / "own.css").write_text("")
    before = ServeStaticMiddleware(respond).files
    settings.STATICFILES_DIRS = [tmp_path]
    assert "/static/own.css" in ServeStaticMiddleware(respond).files
    assert "/static/own.css" not in before
