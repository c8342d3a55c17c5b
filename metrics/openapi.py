"""What /api/docs says of the doors for webhooks."""

from typing import Any

_HEADERS = {
    "X-GitHub-Event": "Such as `deployment_status`.",
    "X-GitHub-Delivery": "Tells deliveries apart: the same one again changes nothing.",
    "X-Hub-Signature-256": "`sha256=` and the HMAC of the body with CAIRN_WEBHOOK_SECRET_GITHUB.",
}

PATHS: dict[str, Any] = {
    "/webhooks/github": {
        "post": {
            "operationId": "webhooks_github",
            "summary": "A delivery of GitHub",
            "description": "Stored when the signature fits; read right after. `deliveries` shows what became of it.",
            "tags": ["metrics"],
            "security": [],
            "parameters": [
                {"name": name, "in": "header", "required": True, "description": words, "schema": {"type": "string"}}
                for name, words in _HEADERS.items()
            ],
            "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
            "responses": {
                "202": {"description": "Stored, or known already."},
                "401": {"description": "The signature does not fit the body."},
                "413": {"description": "More than 25 MB."},
            },
        }
    }
}
