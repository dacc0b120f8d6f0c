"""Campaign, language, and window width of page views, and their counts by day."""

from django.db import migrations, models

from ..names import LABEL


class Migration(migrations.Migration):

    dependencies = [
        (LABEL, '0008_page_content'),
    ]

    operations = [
        migrations.AddField(
            model_name='analytics',
            name='language',
            field=models.CharField(blank=True, db_default='', default='', max_length=8),
        ),
        migrations.AddField(
            model_name='analytics',
            name='utm_campaign',
            field=models.CharField(blank=True, db_default='', default='', max_length=100),
        ),
        migrations.AddField(
            model_name='analytics',
            name='utm_source',
            field=models.CharField(blank=True, db_default='', default='', max_length=100),
        ),
        migrations.AddField(
            model_name='analytics',
            name='width',
            field=models.CharField(blank=True, db_default='', default='', max_length=8),
        ),
        migrations.CreateModel(
            name='DimensionCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.IntegerField()),
                ('dimension', models.CharField(max_length=16)),
                ('value', models.CharField(max_length=100)),
                ('page_views', models.IntegerField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('day', 'dimension', 'value'), name=f"{LABEL}_dimensioncount_one")],
            },
        ),
    ]
