"""References in the order of their bytes, so that those of one kind are a range of the index."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0012_counts_of_values'),
    ]

    operations = [
        migrations.AlterField(
            model_name='entity',
            name='ref',
            field=models.CharField(db_collation='C', max_length=400),
        ),
        migrations.AddConstraint(
            model_name='entity',
            constraint=models.UniqueConstraint(fields=('ref',), name='one_entity_per_ref'),
        ),
    ]
