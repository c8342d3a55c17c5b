"""What of the catalog depends on a resource."""

from dataclasses import dataclass

from accounts.models import User
from catalog.models import Entity, RelationRow
from provisioning.models import Resource


@dataclass(frozen=True, slots=True)
class Dependants:
    """Those that somebody may see, and how many more there are."""

    seen: tuple[Entity, ...]
    hidden: int = 0

    def __bool__(self) -> bool:
        return bool(self.seen or self.hidden)

    @property
    def count(self) -> int:
        """All of them."""
        return len(self.seen) + self.hidden

    @property
    def in_words(self) -> str:
        """Their names."""
        names = [entity.display_name for entity in self.seen]
        others = f"{self.hidden} that you may not see" if names else f"{self.hidden} entities that you may not see"
        return ", ".join(names + ([others] if self.hidden else []))


def dependants_of(resource: Resource, user: User | None) -> Dependants:
    """The entities that say that they depend on it. Without a user nothing is hidden."""
    if not resource.entity_ref:
        return Dependants(())
    said = RelationRow.objects.filter(source_ref=resource.entity_ref, type="dependencyOf")
    present = Entity.objects.present().filter(ref__in=said.values("target_ref"))
    seen = present if user is None else present & Entity.objects.visible_to(user)
    found = tuple(seen.order_by("kind", "name"))
    return Dependants(found, present.count() - len(found))
