"""The process that serves with presence in its memory, to detect a second one."""

from django.db import migrations, models

from ..names import LABEL


class Migration(migrations.Migration):

    dependencies = [
        (LABEL, '0005_labels'),
    ]

    operations = [
        migrations.CreateModel(
            name='ServingProcess',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('process', models.CharField(max_length=32)),
            ],
        ),
    ]
