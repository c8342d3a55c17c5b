"""Versions of blueprints are counted as they change, and what a version says never does."""

from django.db import migrations

#: What may change of a version: whether it is offered, and whether its source is still there.
KEPT = "name, version, digest, shipped, trusted, origin, read_at"
REFUSE = """
CREATE FUNCTION provisioning_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a version of a blueprint never changes';
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("provisioning", "0003_blueprint_sources"), ("accounts", "0002_versions")]

    operations = [
        migrations.RunSQL(
            "CREATE TRIGGER provisioning_blueprintversion_counts AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE "
            "ON provisioning_blueprintversion FOR EACH STATEMENT EXECUTE FUNCTION count_change('blueprints')",
            "DROP TRIGGER provisioning_blueprintversion_counts ON provisioning_blueprintversion",
        ),
        migrations.RunSQL(REFUSE, "DROP FUNCTION provisioning_refuse_change()"),
        migrations.RunSQL(
            f"CREATE TRIGGER provisioning_blueprintversion_stays BEFORE UPDATE OF {KEPT} "
            "ON provisioning_blueprintversion FOR EACH ROW EXECUTE FUNCTION provisioning_refuse_change()",
            "DROP TRIGGER provisioning_blueprintversion_stays ON provisioning_blueprintversion",
        ),
        migrations.RunSQL(
            "CREATE TRIGGER provisioning_blueprintfile_stays BEFORE UPDATE ON provisioning_blueprintfile "
            "FOR EACH ROW EXECUTE FUNCTION provisioning_refuse_change()",
            "DROP TRIGGER provisioning_blueprintfile_stays ON provisioning_blueprintfile",
        ),
    ]
