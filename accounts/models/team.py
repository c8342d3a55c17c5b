"""Teams and who is in them, as the catalog's Groups and Users say, plus what an administrator added."""

from django.db import connection, models

_REFS_OF = """
WITH RECURSIVE mine AS (
    SELECT team.id, team.ref, team.parent_id
    FROM accounts_team team JOIN accounts_membership member ON member.team_id = team.id
    WHERE member.user_ref = %s
  UNION
    SELECT parent.id, parent.ref, parent.parent_id
    FROM accounts_team parent JOIN mine ON parent.id = mine.parent_id
)
SELECT ref FROM mine
"""


_ABOVE = """
WITH RECURSIVE above AS (
    SELECT id, ref, parent_id FROM accounts_team WHERE ref = %s
  UNION
    SELECT parent.id, parent.ref, parent.parent_id FROM accounts_team parent JOIN above ON parent.id = above.parent_id
)
SELECT ref FROM above
"""


class TeamQuerySet(models.QuerySet["Team"]):
    """Questions about many teams."""

    def refs_of(self, user_ref: str) -> frozenset[str]:
        """References of the teams of ``user_ref`` and of all groups above them; cycles do no harm."""
        return _refs(_REFS_OF, user_ref)

    def above(self, ref: str) -> frozenset[str]:
        """``ref`` itself and the groups that it is part of."""
        return _refs(_ABOVE, ref) | {ref}


def _refs(sql: str, ref: str) -> frozenset[str]:
    with connection.cursor() as cursor:
        cursor.execute(sql, [ref])
        return frozenset(row[0] for row in cursor.fetchall())


class Team(models.Model):
    """A group of people that can own things. ``ref`` is its entity reference."""

    ref = models.CharField(max_length=255, unique=True)
    title = models.CharField(max_length=255, blank=True)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="children")

    objects = TeamQuerySet.as_manager()

    def __str__(self) -> str:
        return self.title or self.ref


class Origin(models.TextChoices):
    """Who said that somebody is in a team."""

    CATALOG = "catalog", "Catalog"
    PORTAL = "portal", "Portal"


class Membership(models.Model):
    """One person in one team. The person is a reference: the catalog knows people without an account."""

    user_ref = models.CharField(max_length=255, db_index=True)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.CATALOG)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user_ref", "team", "origin"], name="one_membership_per_origin")]

    def __str__(self) -> str:
        return f"{self.user_ref} in {self.team_id}"
