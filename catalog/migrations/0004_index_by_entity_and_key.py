"""The index answers filters, orders and facets alone; what is in it is made anew from the documents."""

import json

import django.db.models.deletion
from django.db import migrations, models

from catalog.model.flatten import flatten


def fill(apps, schema_editor):
    entities, rows = apps.get_model("catalog", "Entity"), apps.get_model("catalog", "IndexRow")
    found = entities.objects.filter(deleted_at=None).values_list("pk", "document").iterator(1000)
    made = (
        rows(entity_id=pk, key=key, place=place, value=value, original=original)
        for pk, document in found
        for key, place, value, original in flatten(json.loads(document))
    )
    rows.objects.bulk_create(made, batch_size=5000)


class Migration(migrations.Migration):
    dependencies = [("catalog", "0003_sources_revisions_kinds")]

    operations = [
        migrations.RenameField("revision", "body", "before"),
        migrations.AlterField("revision", "before", models.TextField(blank=True)),
        migrations.DeleteModel("IndexRow"),
        migrations.CreateModel(
            name="IndexRow",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "entity_id", "key", "place", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("key", models.TextField(db_collation="C")),
                ("place", models.SmallIntegerField()),
                ("value", models.TextField(db_collation="C", null=True)),
                ("original", models.TextField(null=True)),
                (
                    "entity",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="index_rows",
                        to="catalog.entity",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["key", "value", "entity"], include=["place", "original"], name="index_by_key_value"
                    )
                ],
            },
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
