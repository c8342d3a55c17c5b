"""The Location entity that stands for a registered URL, as Backstage makes it. Pure."""

import hashlib

from catalog.ingest.wanted import LOCATION, ORIGIN, Wanted, said


def entity_name(target: str) -> str:
    """The name of the entity that stands for the registration of ``target``."""
    return f"generated-{hashlib.sha1(f'url:{target}'.encode(), usedforsecurity=False).hexdigest()}"


def location_entity(target: str) -> Wanted:
    """What stands for the registration of ``target``. Backstage's clients look it up by its name."""
    annotations = {LOCATION: f"url:{target}", ORIGIN: f"url:{target}"}
    document = {
        "apiVersion": "backstage.io/v1alpha1",
        "kind": "Location",
        "metadata": {"namespace": "default", "name": entity_name(target), "annotations": annotations},
        "spec": {"type": "url", "target": target},
    }
    return said(f"location:default/{entity_name(target)}", document, (), target)
