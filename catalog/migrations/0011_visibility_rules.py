"""Rules of who sees which entities, and the number that grows with every change of one."""

import django.contrib.postgres.fields
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0010_good_at"), ("accounts", "0002_versions")]

    operations = [
        migrations.CreateModel(
            name="VisibilityRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=63, unique=True)),
                ("filters", django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
                ("visible_to", django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
                ("origin", models.CharField(default="page", max_length=10)),
                ("changed_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={"ordering": ["name"]},
        ),
        migrations.RunSQL(
            "CREATE TRIGGER catalog_visibilityrule_counts AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE "
            "ON catalog_visibilityrule FOR EACH STATEMENT EXECUTE FUNCTION count_change('visibility')",
            "DROP TRIGGER catalog_visibilityrule_counts ON catalog_visibilityrule",
        ),
    ]
