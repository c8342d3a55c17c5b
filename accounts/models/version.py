"""How often something has changed: what was remembered under another number is out of date."""

from django.db import connection, models


class VersionQuerySet(models.QuerySet["Version"]):
    """Questions about versions."""

    def numbers(self) -> dict[str, int]:
        """All numbers by name, in one small query that is asked before anything is answered from memory."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT name, number FROM accounts_version")
            return dict(cursor.fetchall())

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
