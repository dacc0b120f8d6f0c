"""New labels for the admin. Changes the state of the models only, not the database."""

from django.db import migrations, models

from ..names import LABEL


class Migration(migrations.Migration):

    dependencies = [
        (LABEL, '0004_activities'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name='activity',
                    name='decided_at',
                    field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='processed at'),
                ),
                migrations.AlterField(
                    model_name='activity',
                    name='is_hidden',
                    field=models.BooleanField(default=False, verbose_name='hidden'),
                ),
                migrations.AlterField(
                    model_name='activity',
                    name='reach',
                    field=models.CharField(choices=[('waiting', 'pending'), ('pushed', 'shown'), ('held', 'rate-limited')], default='waiting', editable=False, max_length=8),
                ),
                migrations.AlterField(
                    model_name='activity',
                    name='skipped',
                    field=models.PositiveIntegerField(default=0, editable=False, verbose_name='left out before this one'),
                ),
                migrations.AlterField(
                    model_name='analytics',
                    name='event',
                    field=models.CharField(choices=[('page_view', 'page view'), ('heartbeat', 'dwell')], max_length=16),
                ),
                migrations.AlterField(
                    model_name='countsample',
                    name='is_demo',
                    field=models.BooleanField(default=False, verbose_name='demo data'),
                ),
                migrations.AlterField(
                    model_name='publishtoken',
                    name='scope',
                    field=models.CharField(blank=True, help_text='Kinds this token may publish, comma-separated. Leave empty for all.', max_length=200),
                ),
            ],
        ),
    ]
