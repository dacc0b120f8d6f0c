from django.db import migrations

from ..names import LABEL

#: Pages of new rows are marked as visible to all every few minutes, and not only after a fifth
#: of the table is new: the window is then answered from its index alone.
OPTIONS = {
    "autovacuum_vacuum_insert_scale_factor": "0",
    "autovacuum_vacuum_insert_threshold": "10000",
}


def vacuum_new_rows(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        options = ", ".join(f"{name} = {value}" for name, value in OPTIONS.items())
        schema_editor.execute(f"ALTER TABLE {LABEL}_analytics SET ({options})")


def vacuum_as_usual(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"ALTER TABLE {LABEL}_analytics RESET ({', '.join(OPTIONS)})")


class Migration(migrations.Migration):

    dependencies = [
        (LABEL, "0002_samples"),
    ]

    operations = [
        migrations.RunPython(vacuum_new_rows, vacuum_as_usual),
    ]
