"""New texts of tokens and shared links. Changes the state of the models only, not the database."""

from django.db import migrations, models

from ..names import LABEL

EXPIRY_DATE = models.DateTimeField(
    blank=True, help_text='If empty, it works until it is revoked.', null=True, verbose_name='Expires'
)
NAME = models.CharField(default=None, help_text='The name in the list.', max_length=50)
REVOKED = models.BooleanField(
    blank=True, default=False, help_text='It stops working at once. This cannot be undone.'
)


class Migration(migrations.Migration):

    dependencies = [
        (LABEL, '0015_place_samples'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(model_name=model, name=name, field=field.clone())
                for model in ('publishtoken', 'sharedlink')
                for name, field in (
                    ('expiry_date', EXPIRY_DATE),
                    ('name', NAME),
                    ('revoked', REVOKED),
                )
            ],
        ),
    ]
