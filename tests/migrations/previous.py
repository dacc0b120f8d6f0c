"""The previous release: its migrations, rows in all its tables, and the statements of its code.

A release moves :data:`RELEASE` and :data:`NODES` to the version before it. Until then, each new
migration runs on this schema, while this code still reads and writes.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from django.apps.registry import Apps
from django.db import connections, transaction
from django.db.models import Model

RELEASE = "0.1.0"
#: The last migration of each of its apps.
NODES = (
    ("admin", "0003_logentry_add_action_flag_choices"),
    ("auth", "0012_alter_user_first_name_max_length"),
    ("contenttypes", "0002_remove_content_type_name"),
    ("landing", "0004_activities"),
    ("sessions", "0001_initial"),
)
#: Installed apps with tables that it lacks.
NEW_APPS = ("axes",)
#: Its tables, whose writers a migration must not block.
TABLES = ("analytics", "countsample", "activity", "publishtoken")
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
VISITOR = bytes(range(16))
#: How version 0.1.0 stores analytics rows on PostgreSQL. On SQLite it uses the model.
INSERT = """
    INSERT INTO landing_analytics
        (visitor_id, user_id, event, path, referrer_host, created_at, data)
    SELECT decode(visitor, 'hex'), "user", event, path, referrer_host, at, '{{}}'
    FROM json_to_recordset(%s) AS new (
        visitor text, "user" {user_type}, event text, path text, referrer_host text, at timestamptz
    )
    ON CONFLICT (created_at, visitor_id) WHERE event = 'heartbeat' DO NOTHING
"""

Rows = dict[str, list[dict[str, Any]]]


class PreviousCode:
    """The reads and writes of the previous release on its tables.

    ``apps`` has its models, as its migrations define them. The raw statements are copies.
    """

    def __init__(self, apps: Apps, alias: str) -> None:
        self._apps = apps
        self._alias = alias
        self._writes = 0

    def fill(self) -> None:
        """Store rows in all tables, with every kind of value."""
        user = self._model("auth", "User")(username="ana", password="!", is_staff=True)
        user.save(using=self._alias)
        for _ in range(3):
            self.write(user_id=user.pk)

    def write(self, user_id: int | None = None) -> None:
        """Insert into all tables, and update what a server updates."""
        self._writes += 1
        at = NOON.replace(minute=self._writes)
        self._insert_analytics(at, user_id)
        minute = int(at.timestamp()) // 60
        sample = {"people": 7, "connections": 9, "active": None, "peak_people": 8}
        self._add("countsample", minute=minute, is_demo=user_id is None, **sample)
        self._models("countsample").filter(minute=minute).update(peak_people=9)
        activity = self._add(
            "activity",
            kind="purchase",
            text="bought a ticket «día»",
            actor="Ana Ñandú",
            data={"price": 12.5},
            created_at=at,
            external_id=f"order-{self._writes}",
        )
        activity.reach, activity.decided_at = "pushed", at
        activity.save(using=self._alias)
        token = f"prefix{self._writes:02}"
        self._add(
            "publishtoken",
            id=f"{token}.hash",
            prefix=token,
            hashed_key=f"hash-{self._writes}",
            name="shop",
            scope="purchase",
        )

    def read(self) -> Rows:
        """Return all columns of all rows that it knows, by table."""
        return {
            table: list(self._models(table).order_by("pk").values())
            for table in (*TABLES, "auth.user")
        }

    def _insert_analytics(self, at: datetime, user_id: int | None) -> None:
        view = {"path": "/día?q=1", "referrer_host": "example.org", "event": "page_view"}
        dwell = {"path": "", "referrer_host": "", "event": "heartbeat"}
        # It may write a dwell row twice: two workers had the visitor.
        rows = [{"user_id": user_id, **each} for each in (view, dwell, dwell)]
        if connections[self._alias].vendor != "postgresql":
            model = self._model("landing", "analytics")
            new = [model(visitor_id=VISITOR, created_at=at, **row) for row in rows]
            with transaction.atomic(self._alias):
                model._default_manager.using(self._alias).bulk_create(new[:1])
                model._default_manager.using(self._alias).bulk_create(
                    new[1:], ignore_conflicts=True
                )
            return
        values = [
            {"user": row.pop("user_id"), "visitor": VISITOR.hex(), "at": at.isoformat(), **row}
            for row in rows
        ]
        with connections[self._alias].cursor() as cursor:
            user = self._model("landing", "analytics")._meta.get_field("user")
            user_type = user.db_type(connections[self._alias])
            cursor.execute(INSERT.format(user_type=user_type), [json.dumps(values)])

    def _add(self, table: str, **values: Any) -> Model:
        row = self._model("landing", table)(**values)
        row.save(using=self._alias, force_insert=True)
        return row

    def _models(self, table: str) -> Any:
        app, _, name = table.rpartition(".")
        return self._model(app or "landing", name)._default_manager.using(self._alias)

    def _model(self, app: str, name: str) -> Any:
        return self._apps.get_model(app, name)
