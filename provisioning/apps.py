from django.apps import AppConfig


class ProvisioningConfig(AppConfig):
    """Blueprints, requests, plans, approvals, resources."""

    name = "provisioning"

    def ready(self) -> None:
        """Make the pipeline known, and show resources on the pages of the catalog."""
        from django.urls import reverse

        from catalog.cards import Card, register_card
        from provisioning.pipelines import DRIFT, PROVISION
        from provisioning.states import STATES
        from provisioning.steps.preview import PREVIEW
        from provisioning.telling import WORDS
        from provisioning.trail import ESCALATED, LET_THROUGH
        from provisioning.workloads.places import has_places
        from runs.registry import register, register_subject
        from runs.webhooks.announce import register_topics

        register(PROVISION)
        register(PREVIEW)
        register_topics("approval", [topic.partition(".")[2] for topic in (ESCALATED, LET_THROUGH)])
        register(DRIFT)
        register_topics("resource", WORDS)
        register_topics("request", STATES)
        register_subject("resource", lambda pk: reverse("resource", args=[pk]))
        register_subject("request", lambda pk: reverse("request", args=[pk]))
        register_subject("preview", lambda pk: reverse("blueprint_preview", args=[pk]))
        register_card(
            Card(
                id="resources",
                title="Resources",
                order=20,
                applies=lambda entity: entity.kind.lower() in {"group", "resource"},
                url_name="resources_card",
            )
        )
        register_card(Card(id="workloads", title="What runs", order=15, applies=has_places, url_name="workloads_card"))
