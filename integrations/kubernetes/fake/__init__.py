"""An emulated Kubernetes API for machines without a cluster: ``python -m integrations.kubernetes.fake --port N``.

It holds namespaces and what makes them fit to work in, with real server-side apply: field ownership, conflicts,
dry run, defaults, validation, object-count quotas, slow deletion. It runs no pods. The contract suite
(tests/contract/test_kubernetes.py) runs on it and on a real API server, so the two stay alike.
"""

VERSION = "v1.34.4-cairn-fake"
