"""What /api/docs says of the doors for webhooks."""

from typing import Any

_GITHUB = {
    "X-GitHub-Event": "Such as `deployment_status` or `push`.",
    "X-GitHub-Delivery": "Tells deliveries apart: the same one again changes nothing.",
    "X-Hub-Signature-256": "`sha256=` and the HMAC of the body with CAIRN_WEBHOOK_SECRET_GITHUB.",
}

_GITLAB = {
    "X-Gitlab-Event": "Such as `Push Hook`.",
    "X-Gitlab-Event-UUID": "Tells deliveries apart: the same one again changes nothing.",
    "X-Gitlab-Token": "The value of CAIRN_WEBHOOK_SECRET_GITLAB.",
}


def _door(name: str, title: str, headers: dict[str, str]) -> dict[str, Any]:
    """One door, as OpenAPI says it."""
    return {
        "post": {
            "operationId": f"webhooks_{name}",
            "summary": f"A delivery of {title}",
            "description": (
                "Stored when the signature fits; read right after. `deliveries` shows what became of it. "
                "A push that touches a catalog file has that repository of the catalog's sources read again."
            ),
            "tags": ["metrics"],
            "security": [],
            "parameters": [
                {"name": name, "in": "header", "required": True, "description": words, "schema": {"type": "string"}}
                for name, words in headers.items()
            ],
            "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
            "responses": {
                "202": {"description": "Stored, or known already."},
                "401": {"description": "The signature does not fit the body."},
                "413": {"description": "More than 25 MB."},
            },
        }
    }


PATHS: dict[str, Any] = {
    "/webhooks/github": _door("github", "GitHub", _GITHUB),
    "/webhooks/gitlab": _door("gitlab", "GitLab", _GITLAB),
}
