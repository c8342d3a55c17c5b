from django.apps import AppConfig


class MetricsConfig(AppConfig):
    """Webhooks in, deployments, and the numbers made of them."""

    name = "metrics"

    def ready(self) -> None:
        """Show delivery on the pages of components."""
        from catalog.cards import Card, register_card

        register_card(
            Card(
                id="delivery",
                title="Delivery",
                order=30,
                applies=lambda entity: entity.kind.lower() == "component",
                url_name="delivery_card",
            )
        )
