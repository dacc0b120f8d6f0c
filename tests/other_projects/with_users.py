"""Sign in, read a page, and use the admin in a project; print what the tables have as JSON."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from tests.other_projects import project

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"
NOTE = {"at_0": "2026-01-31", "at_1": "12:00:00", "text": "A deploy"}
#: Lists of the admin with a column for users.
LISTS = ("analytics", "chartnote")


def main(directory: str, user: str, split: str = "", postgres_url: str = "") -> None:
    apps = ("admin", "auth", "contenttypes", "sessions", "messages", "staticfiles")
    is_split = split == "split"
    project.set_up(Path(directory), *apps, user=user, is_split=is_split, postgres_url=postgres_url)
    from django.contrib.auth import get_user_model
    from django.test import Client

    from landing.activity import publish
    from landing.analytics import recording
    from landing.models import Analytics, ChartNote

    users: Any = get_user_model()
    staff = users.objects.create_staff("ana ñ:1/2")
    client = Client(headers={"user-agent": CHROME})
    client.force_login(staff)
    pages = [client.get("/").status_code]
    assert recording.writer.flush()
    publish(kind="signup", text="joined", actor="Ana")
    added = client.post("/admin/landing/chartnote/add/", NOTE)
    pages += [client.get(f"/admin/landing/{table}/").status_code for table in LISTS]
    row, note = Analytics.objects.get(), ChartNote.objects.get()
    found = {"row": row.user == staff, "note": note.author == staff, "database": row._state.db}
    names = staff.email in client.get("/admin/landing/chartnote/").content.decode()
    dashboard = client.get("/admin/landing/analytics/dashboard/?range=2026-01-31").status_code
    download: Any = client.get("/admin/landing/analytics/export/json/")
    (exported,) = json.loads(b"".join(download.streaming_content))
    assert exported["user"] == str(staff.pk), exported
    staff.delete()
    left = Analytics.objects.get().user_id, ChartNote.objects.get().author_id
    print(
        json.dumps(
            {**found, "pages": pages, "added": added.status_code, "named": names}
            | {"dashboard": dashboard, "left": left}
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
