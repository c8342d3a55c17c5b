"""Counts of values that lists narrow by, kept up with the index."""

from django.db import migrations, models

COUNT = """
INSERT INTO catalog_valuecount (kind, key, value, count)
SELECT coalesce(kinds.value, ''), found.key, found.original, count(*)
FROM catalog_indexrow found JOIN catalog_indexrow kinds ON kinds.entity_id = found.entity_id AND kinds.key = 'kind'
WHERE found.original IS NOT NULL AND found.key IN (
    'kind', 'metadata.namespace', 'metadata.tags', 'relations.ownedby', 'relations.partof',
    'spec.domain', 'spec.lifecycle', 'spec.owner', 'spec.system', 'spec.type')
GROUP BY GROUPING SETS ((kinds.value, found.key, found.original), (found.key, found.original))
"""


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0011_visibility_rules'),
    ]

    operations = [
        migrations.CreateModel(
            name='ValueCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.TextField(db_collation='C')),
                ('key', models.TextField(db_collation='C')),
                ('value', models.TextField(db_collation='C')),
                ('count', models.IntegerField()),
            ],
        ),
        migrations.AddConstraint(
            model_name='valuecount',
            constraint=models.UniqueConstraint(fields=('kind', 'key', 'value'), name='one_count_per_value'),
        ),
        migrations.RunSQL(COUNT, migrations.RunSQL.noop),
    ]
