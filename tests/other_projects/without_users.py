"""Read a page in a project without users, and print what it has as JSON."""

from __future__ import annotations

import asyncio
import json
import sys
from io import StringIO
from pathlib import Path

from tests.other_projects import project
from tests.other_projects.with_users import CHROME

#: Of another site on the same host.
FOREIGN_SESSION = "abcdefghijklmnopqrstuvwxyz012345"


def main(directory: str, *apps: str) -> None:
    project.set_up(Path(directory), *apps)
    from django.core.management import call_command
    from django.test import Client

    from landing.analytics import recording
    from landing.models import Analytics
    from landing.visitors import client as clients
    from landing.visitors import identity

    client = Client(headers={"user-agent": CHROME})
    client.cookies["sessionid"] = FOREIGN_SESSION
    page = client.get("/")
    assert recording.writer.flush()
    scope = {
        "type": "websocket",
        "headers": [
            (b"user-agent", CHROME.encode()),
            (b"cookie", f"sessionid={FOREIGN_SESSION}".encode()),
        ],
        "client": ("192.0.2.1", 4711),
    }
    who = asyncio.run(identity.from_scope(scope, clients.headers_of_scope(scope)))
    changes = StringIO()
    call_command("makemigrations", "landing", check_changes=True, dry_run=True, stdout=changes)
    call_command("seed_analytics", days=1, stdout=StringIO())
    print(
        json.dumps(
            {
                "page": page.status_code,
                "cookies": list(page.cookies),
                "user": who.user,
                "session": who.session_key,
                "rows": Analytics.objects.filter(data={}).count(),
                "changes": changes.getvalue().strip(),
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
