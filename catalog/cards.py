"""How the apps above appear on an entity's page: they register a card, the page loads each as a fragment."""

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse

from catalog.models import Entity


@dataclass(frozen=True, slots=True)
class Card:
    """A section of the entity page. ``url_name`` takes namespace, kind and name and answers a fragment."""

    id: str
    title: str
    order: int
    applies: Callable[[Entity], bool]
    url_name: str

    def url(self, entity: Entity) -> str:
        """Where the fragment of ``entity`` is."""
        return reverse(self.url_name, args=[entity.namespace, entity.kind.lower(), entity.name])


_cards: dict[str, Card] = {}


def register_card(card: Card) -> None:
    """Make ``card`` known; called in an app's ``ready()``."""
    assert card.id not in _cards, f"two cards are called {card.id}"
    _cards[card.id] = card


def cards_for(entity: Entity) -> list[Card]:
    """The cards that apply to ``entity``, in order."""
    return sorted((card for card in _cards.values() if card.applies(entity)), key=lambda card: card.order)
