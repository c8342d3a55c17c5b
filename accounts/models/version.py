"""How often something has changed: what was remembered under another number is out of date."""

import psycopg
from django.db import connection, models
from psycopg.pq import ExecStatus


class VersionQuerySet(models.QuerySet["Version"]):
    """Questions about versions."""

    def numbers(self) -> dict[str, int]:
        """All numbers by name, in one small query that is asked before anything is answered from memory.

        It goes to the driver straight, which takes a third of the time of a cursor. OperationalError when it fails.
        """
        connection.close_if_health_check_failed()
        connection.ensure_connection()
        with connection.wrap_database_errors:
            result = connection.connection.pgconn.exec_(b"SELECT name, number FROM accounts_version")
            if result.status != ExecStatus.TUPLES_OK:
                raise psycopg.OperationalError(result.error_message.decode(errors="replace"))
        rows = ((result.get_value(row, 0), result.get_value(row, 1)) for row in range(result.ntuples))
        return {name.decode(): int(number) for name, number in rows}

    def number(self, name: str) -> int | None:
        """The number of ``name``; None while nothing of it was ever changed."""
        return self.filter(name=name).values_list("number", flat=True).first()


class Version(models.Model):
    """Counts the changes of ``accounts``, ``catalog`` or ``visibility``; triggers write it where they are changed."""

    name = models.CharField(primary_key=True, max_length=20)
    number = models.BigIntegerField()

    objects = VersionQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.name} {self.number}"
