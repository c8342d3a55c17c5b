"""When a source was last read well: for those that are in sync, the last time that they were read."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def fill(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("catalog", "Source").objects.filter(state="ok").update(good_at=models.F("last_sync_at"))


class Migration(migrations.Migration):
    dependencies = [("catalog", "0009_syncs_asked_for")]

    operations = [
        migrations.AddField(
            model_name="source", name="good_at", field=models.DateTimeField(blank=True, null=True)
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
