"""Numbers that grow with every change of people, teams and tokens, so that answers can be remembered."""

from django.db import migrations, models

FUNCTION = """
CREATE FUNCTION count_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- From the clock, so that no number comes twice even where the table was emptied.
    INSERT INTO accounts_version (name, number) VALUES (TG_ARGV[0], extract(epoch FROM clock_timestamp()) * 1000000)
    ON CONFLICT (name) DO UPDATE SET number = greatest(accounts_version.number + 1, excluded.number);
    RETURN NULL;
END $$
"""
#: Tables, and the columns of which a change counts; a token's last use and a person's last sign-in do not.
COUNTED = {
    "accounts_apitoken": "UPDATE OF user_id, digest, scopes, expires_at, revoked_at",
    "accounts_user": "UPDATE OF username, first_name, last_name, email, is_active, role",
    "accounts_team": "UPDATE",
    "accounts_membership": "UPDATE",
}


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Version",
            fields=[
                ("name", models.CharField(max_length=20, primary_key=True, serialize=False)),
                ("number", models.BigIntegerField()),
            ],
        ),
        migrations.RunSQL(FUNCTION, "DROP FUNCTION count_change()"),
        *(
            migrations.RunSQL(
                f"CREATE TRIGGER {table}_counts AFTER INSERT OR DELETE OR TRUNCATE OR {update} ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION count_change('accounts')",
                f"DROP TRIGGER {table}_counts ON {table}",
            )
            for table, update in COUNTED.items()
        ),
    ]
