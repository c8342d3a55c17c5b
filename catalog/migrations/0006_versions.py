"""The number of the catalog grows with every change of an entity."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("catalog", "0005_read_files"), ("accounts", "0002_versions")]

    operations = [
        migrations.RunSQL(
            "CREATE TRIGGER catalog_entity_counts AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON catalog_entity "
            "FOR EACH STATEMENT EXECUTE FUNCTION count_change('catalog')",
            "DROP TRIGGER catalog_entity_counts ON catalog_entity",
        )
    ]
