"""How long judging entity files takes, without database and network: ``python benchmarks/bench_parse.py [FOLDER]``.

FOLDER holds YAML files to judge (default: the real half of the corpus beside the repository, where it is). Prints
medians in milliseconds; compare, do not gate.
"""

import statistics
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from catalog.ingest.file import process_file  # noqa: E402
from common.yaml12 import load_documents  # noqa: E402

ROUNDS = 7
URL = "https://github.com/example-org/shop/blob/main/catalog-info.yaml"
COMPONENT = """apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: service-{number}
  description: Takes orders and hands them on
  tags: [java, orders]
  annotations: {{github.com/project-slug: example-org/service-{number}}}
spec: {{type: service, lifecycle: production, owner: team-a, system: shop, dependsOn: [resource:db-{number}]}}
---
"""


def measured(name: str, files: list[bytes]) -> None:
    """Print the medians of parsing alone and of the whole judgement of ``files``."""
    parse, judge, documents = [], [], 0
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        for data in files:
            load_documents(data)
        parse.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        documents = sum(len(process_file(data, url=URL).verdicts) for data in files)
        judge.append(time.perf_counter() - begun)
    size = sum(map(len, files)) / 1024
    print(
        f"{name}: {len(files)} files, {documents} documents, {size:.0f} KB: "
        f"parse {statistics.median(parse) * 1000:.1f} ms, judge {statistics.median(judge) * 1000:.1f} ms"
    )


def main() -> None:
    """Measure a thousand components in one file, and every file of the folder."""
    measured("generated", ["".join(COMPONENT.format(number=number) for number in range(1000)).encode()])
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT.parent / "shared" / "corpus" / "real"
    if folder.is_dir():
        measured(folder.name, [path.read_bytes() for path in sorted(folder.rglob("*.y*ml"))])


if __name__ == "__main__":
    main()
