"""What /api/docs says: the guide at its top, and the doors that are no REST framework views."""

from typing import Any

from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

import accounts.openapi  # noqa: F401  # to be imported is to be registered
from catalog.api import openapi as catalog_api
from metrics import openapi as metrics_api
from portal.proxy import openapi as proxy_api

GUIDE = """
Everything that a page can do. Make a token under *Settings → Tokens* (or with `manage.py create_token --user NAME
--scopes SCOPES`), and send it with every call:

    export CAIRN=http://127.0.0.1:8000 TOKEN=…
    alias cairn='curl -sS -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json"'
    cairn $CAIRN/api/v1/me

**Read the catalog.** Below `/api/catalog` it is Backstage's catalog API, so that its clients work unchanged.

    cairn "$CAIRN/api/catalog/entities/by-query?filter=kind=component&limit=20"
    cairn -X POST $CAIRN/api/v1/sources -d '{"kind": "url", "target": "https://…/catalog-info.yaml"}'

**Bring a table** of what there is: what becomes of each row first, then without `dry_run` for good.

    curl -sS -H "Authorization: Bearer $TOKEN" -H "Content-Type: text/csv" \\
      --data-binary @services.csv "$CAIRN/api/v1/uploads?name=services.csv&dry_run=true"

**Ask for a database, follow it, and have somebody else approve it.** What is asked for is planned first; an approval
is given to the `digest` of that plan.

    cairn -X POST $CAIRN/api/v1/requests -d '{"blueprint": "database", "name": "orders-db",
      "owner": "group:default/orders-team", "environment": "staging", "inputs": {"engine": "postgres",
      "engine_version": "15.4", "instance_class": "db.t3.micro", "allocated_storage": 20}}'
    cairn "$CAIRN/api/v1/requests/1?wait=30"
    cairn -X POST $CAIRN/api/v1/requests/1/approvals -d '{"decision": "approve", "digest": "…"}'
    cairn "$CAIRN/api/v1/runs/1/log?after=0&wait=30"

**Ask for a namespace** by its manifest, as it is.

    curl -sS -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/yaml" \\
      --data-binary @namespace-request.yaml $CAIRN/api/v1/namespace-requests

**Report a deployment** as GitHub does, and see the metric with the rows behind it.

    SIGNATURE=$(openssl dgst -sha256 -hmac "$SECRET" -hex < delivery.json | sed 's/.*= //')
    curl -sS $CAIRN/webhooks/github --data-binary @delivery.json -H "Content-Type: application/json" \\
      -H "X-GitHub-Event: deployment_status" -H "X-GitHub-Delivery: $(uuidgen)" \\
      -H "X-Hub-Signature-256: sha256=$SIGNATURE"
    cairn "$CAIRN/api/v1/metrics/deployment_frequency?scope=component:default/petstore"

What goes wrong answers `application/problem+json` with `title`, `detail`, `hint`, the `errors` by field, and the
`request_id` that the log names too.
"""

_TEXT = {"type": "string"}
#: What every operation answers when something is wrong.
PROBLEM = {
    "description": "What is wrong, and the way out.",
    "content": {
        "application/problem+json": {
            "schema": {
                "type": "object",
                "required": ["type", "title", "status", "id", "detail"],
                "properties": {
                    "type": _TEXT,
                    "title": _TEXT,
                    "status": {"type": "integer"},
                    "id": _TEXT,
                    "detail": _TEXT,
                    "hint": _TEXT,
                    "request_id": _TEXT,
                    "errors": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["message"],
                            "properties": {"path": _TEXT, "message": _TEXT, "hint": _TEXT},
                        },
                    },
                },
            }
        }
    },
}

schema = SpectacularAPIView.as_view()
docs = SpectacularSwaggerSplitView.as_view(url_name="schema")


def with_plain_views(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A hook of drf-spectacular: add the guide, Backstage's catalog API, the proxy and the webhooks."""
    result["info"]["description"] = GUIDE
    result["paths"] |= catalog_api.paths("/api/catalog/") | metrics_api.PATHS | proxy_api.PATHS
    result["components"].setdefault("responses", {}).update(PROBLEM=PROBLEM, BACKSTAGE=catalog_api.FAILURE)
    for path, item in result["paths"].items():
        name = "BACKSTAGE" if path.startswith(("/api/catalog/", "/api/proxy/")) else "PROBLEM"
        for operation in item.values():
            operation["responses"].setdefault("default", {"$ref": f"#/components/responses/{name}"})
    return result
