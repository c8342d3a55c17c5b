"""What rules of visibility hide in the tests, and what stands beside it."""

from dataclasses import dataclass
from pathlib import Path

from django.utils import timezone

from catalog.actions import remove_entity
from catalog.models import Entity, Problem, Source
from metrics.models import Delivery, Deployment
from tests.integration.test_catalog_sync import Folder, component

#: In the name of all that is hidden, and nowhere else.
CANARY = "zebra"
HIDDEN, NOTHING = "ledger-zebra", "ledger-zobra"
HIDDEN_REF = f"component:default/{HIDDEN}"
CONFIDENTIAL = "metadata.annotations.example.com/confidential=true"
RULE = {"name": "confidential", "filter": CONFIDENTIAL, "visibleTo": ["owners"]}
#: What only the hidden entity has in the columns that filters count by.
SECRET_SPEC = "  system: zebra-system\n  dependsOn: [component:zebra-part]\n"


def confidential(name: str, extra: str = "") -> str:
    notes = (
        f"  name: {name}\n  title: The {name}\n  tags: [zebra-tag]\n  links: [{{url: 'https://zebra.example.com'}}]\n"
        "  annotations:\n    example.com/confidential: 'true'\n    github.com/project-slug: example/secret\n"
        "    backstage.io/kubernetes-namespace: herd\n"
    )
    return component(name, extra=extra).replace(f"  name: {name}\n", notes).replace("type: service", "type: zebra-type")


@dataclass(frozen=True)
class World:
    """What is hidden from charlie, and where it stands beside what is not."""

    shared: Source
    own: Source
    location: Source
    uid: str
    delivery: Delivery
    problem: Problem

    def filled(self, text: str) -> str:
        numbers = {"shared": self.shared.pk, "own": self.own.pk, "location": self.location.pk}
        return text.format(**numbers, delivery=self.delivery.pk, uid=self.uid)


def make_world(tmp_path: Path) -> World:
    """Hidden entities in a file beside others, in a source of their own and behind a URL; one of them removed."""
    shared, own = Folder(tmp_path / "shared"), Folder(tmp_path / "zebra-folder")
    shared.write("a.yaml", component("stock", owner="payments-team"))
    shared.write("b.yaml", confidential(HIDDEN, SECRET_SPEC), confidential("ledger-zebra-gone"))
    own.write("a.yaml", confidential("ledger-zebra-own"))
    for folder in (shared, own):
        folder.sync()
    remove_entity(entity=Entity.objects.get(name="ledger-zebra-gone"), by=None)
    located = Source.objects.create(kind="url", target="https://example.com/zebra/catalog-info.yaml", next_sync_at=None)
    own.write("b.yaml", confidential("ledger-zebra-located"))
    own.sync()
    Entity.objects.filter(name="ledger-zebra-located").update(source=located)
    shared_problem = {"file": f"{shared.path}/b.yaml", "stage": "validate", "message": f"{HIDDEN} is wrong"}
    problem = Problem.objects.create(source=shared.source, entity_ref=HIDDEN_REF, **shared_problem)
    Problem.objects.create(source=shared.source, **shared_problem)
    now = timezone.now()
    row = {"repository": "example/secret", "environment": "production", "sha": "abcdef0", "succeeded_at": now}
    Deployment.objects.create(source="github", external_id="1", service_ref=HIDDEN_REF, **row)
    outcome = f"succeeded: abcdef0 to production, {HIDDEN_REF}"
    delivery = Delivery.objects.create(
        source="github", key="1", event="deployment_status", body=b"{}", state="done", outcome=outcome
    )
    uid = str(Entity.objects.get(ref=HIDDEN_REF).uid)
    return World(shared.source, own.source, located, uid, delivery, problem)
