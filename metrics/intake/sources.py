"""Every webhook source on one screen: how it signs, how its deliveries are told apart, who reads them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from metrics import signatures
from metrics.intake import github, gitlab
from metrics.intake.events import DeploymentEvent, Ignored, RepositoryPush

Verify = Callable[[Mapping[str, str], bytes, str, datetime], bool]
Read = Callable[[str, Any], DeploymentEvent | RepositoryPush | Ignored]


@dataclass(frozen=True, slots=True)
class Source:
    """A sender of webhooks. Header names are in lower case; only ``kept_headers`` are stored."""

    name: str
    title: str
    verify: Verify
    key_header: str
    event_header: str
    kept_headers: tuple[str, ...]
    read: Read
    mapper_version: int


SOURCES = {
    source.name: source
    for source in (
        Source(
            name="github",
            title="GitHub",
            verify=signatures.github,
            key_header="x-github-delivery",
            event_header="x-github-event",
            kept_headers=("x-github-event", "x-github-delivery", "x-github-hook-id", "user-agent", "content-type"),
            read=github.read,
            mapper_version=github.VERSION,
        ),
        Source(
            name="gitlab",
            title="GitLab",
            verify=signatures.gitlab,
            key_header="x-gitlab-event-uuid",
            event_header="x-gitlab-event",
            kept_headers=("x-gitlab-event", "x-gitlab-event-uuid", "x-gitlab-instance", "user-agent", "content-type"),
            read=gitlab.read,
            mapper_version=gitlab.VERSION,
        ),
    )
}
