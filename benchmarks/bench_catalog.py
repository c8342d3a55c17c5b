"""How long the catalog takes: ``python benchmarks/bench_catalog.py [COUNT]``.

Makes a folder of COUNT entities (default 10,000), reads it into an empty test database, and asks what pages and
clients ask, through the whole stack of middleware. Prints medians in milliseconds; compare, do not gate.
"""

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
os.environ.setdefault("CAIRN_LOG_LEVEL", "WARNING")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from catalog.ingest.bulk import batched  # after the path is set

PER_FILE = 100
ROUNDS = 15


#: Of a thousand entities.
SHARES = {"Component": 425, "User": 250, "API": 150, "System": 100, "Group": 50, "Resource": 25}
DEFINITION = "openapi: 3.0.3\n" + "# an operation of usual length, with its words\n" * 42


def write_folder(folder: Path, count: int) -> None:
    """A company of ``count`` entities: the shares above, a hundred to a file, definitions of 2 KB."""
    counts = {kind: max(1, count * share // 1000) for kind, share in SHARES.items()}
    documents = (_entity(kind, number, counts) for kind, many in counts.items() for number in range(many))
    for number, some in enumerate(batched(documents, PER_FILE)):
        (folder / f"{number * PER_FILE:06}.yaml").write_text("---\n".join(some))


def _entity(kind: str, n: int, counts: dict[str, int]) -> str:
    team, system = f"owner: team-{n % counts['Group']}", f"system: system-{n % counts['System']}"
    services, apis = counts["Component"], counts["API"]
    match kind:
        case "Component":
            spec = (
                f"type: {('service', 'website', 'library')[n % 3]}, {team}, {system}, "
                f"lifecycle: {('production', 'experimental')[n % 2]}, providesApis: [api-{n % apis}], "
                f"dependsOn: ['component:service-{(n * 7 + 1) % services}']"
            )
            return _document(kind, f"service-{n}", spec, tags=f"[java, tag-{n % 40}]")
        case "API":
            text = f"type: openapi, lifecycle: production, {team}, {system}, definition: {json.dumps(DEFINITION)}"
            return _document(kind, f"api-{n}", text)
        case "User":
            return _document(kind, f"user-{n}", f"memberOf: [team-{n % counts['Group']}]")
        case "Group":
            return _document(kind, f"team-{n}", "type: team, children: []")
        case "Resource":
            return _document(kind, f"database-{n}", f"type: database, {team}, {system}")
    return _document(kind, f"system-{n}", team)


def _document(kind: str, name: str, spec: str, tags: str = "[]") -> str:
    return (
        f"apiVersion: backstage.io/v1alpha1\nkind: {kind}\nmetadata:\n  name: {name}\n"
        f"  description: What {name} is for, in a sentence of usual length\n  tags: {tags}\n"
        f"  annotations: {{github.com/project-slug: example/{name}, backstage.io/techdocs-ref: 'dir:.'}}\n"
        f"spec: {{{spec}}}\n"
    )


def measure(name: str, ask: Callable[[], object]) -> None:
    """Print the median of ROUNDS calls; the first warms up."""
    ask()
    times = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        ask()
        times.append((time.perf_counter() - begun) * 1000)
    print(f"{name:36} {statistics.median(times):9.2f} ms")


def once(name: str, work: Callable[[], object]) -> None:
    """Print how long ``work`` takes."""
    begun = time.perf_counter()
    work()
    print(f"{name:36} {(time.perf_counter() - begun) * 1000:9.0f} ms")


def run(count: int) -> None:
    """Everything, on the database that the settings name."""
    from django.test import Client

    from accounts.actions import create_token, create_user
    from catalog.actions import register_source, sync_source

    user = create_user(name="bench", role="platform-admin")
    _, token = create_token(user=user, scopes=["admin"], by=user)
    api, pages = Client(headers={"Authorization": f"Bearer {token}"}), Client()
    pages.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_folder(folder, count)
        source = register_source(kind="folder", target=name, by=user)
        once("empty to everything visible", lambda: sync_source(source=source, by=user))
        print(f"{'the most memory until here':36} {getrusage(RUSAGE_SELF).ru_maxrss / 1024:9.0f} MB")
        once("nothing changed", lambda: sync_source(source=source, by=user))
        first = folder / "000000.yaml"
        first.write_text(first.read_text().replace("usual length", "another length"))
        once("one file changed", lambda: sync_source(source=source, by=user))

    def get(path: str, client: Client = api) -> None:
        answer = client.get(path)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        assert answer.status_code == 200, (path, answer.status_code, body[:300])

    refs = {"entityRefs": [f"component:default/service-{n}" for n in range(50)]}
    base = "/api/catalog"
    measure("by-name", lambda: get(f"{base}/entities/by-name/component/default/service-7"))
    measure("by-refs of 50", lambda: api.post(f"{base}/entities/by-refs", data=refs, content_type="application/json"))
    measure("page of 20 by offset", lambda: get(f"{base}/entities?filter=kind=component&limit=20&offset=200"))
    query = f"{base}/entities/by-query?limit=20&filter=kind=component"
    measure("ordered query of 20", lambda: get(f"{query}&orderField=metadata.name,asc"))
    measure("full-text query of 20", lambda: get(f"{query}&fullTextFilterTerm=service-77&orderField=metadata.name"))
    facets = "facet=spec.type&facet=spec.lifecycle&facet=metadata.tags&facet=relations.ownedBy"
    measure("four facets", lambda: get(f"{base}/entity-facets?{facets}"))
    measure("four facets of components", lambda: get(f"{base}/entity-facets?{facets}&filter=kind=component"))
    measure("all components in full", lambda: get(f"{base}/entities?filter=kind=component"))
    measure("list page", lambda: get("/catalog?kind=Component", pages))
    measure("list page with a word", lambda: get("/catalog?q=service-12&kind=Component", pages))
    measure("entity page", lambda: get("/catalog/default/component/service-7", pages))
    measure("page of a group", lambda: get("/catalog/default/group/team-1", pages))


def main(work: Callable[[int], None] = run) -> None:
    """Set up a database of its own for ``work``, which gets the count of entities, and take it away again."""
    import django

    django.setup()
    from django.test.utils import setup_databases, setup_test_environment, teardown_databases

    setup_test_environment(debug=False)
    databases = setup_databases(verbosity=0, interactive=False, serialized_aliases=set())
    try:
        work(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
    finally:
        teardown_databases(databases, verbosity=0)


if __name__ == "__main__":
    main()
