"""What /api/docs says of the proxy."""

from typing import Any

_SUMMARY = "Reach what app-config.yaml's `proxy` names"
_WORDS = (
    "By the route whose prefix the path begins with; a token needs the scope `proxy`, and a session only reads. "
    "404 without a route, 405 for a method that the route does not allow, 502 and 504 when the target is gone or slow."
)


def _operation(method: str) -> dict[str, Any]:
    return {
        "operationId": f"proxy_{method}",
        "summary": _SUMMARY,
        "description": _WORDS,
        "tags": ["proxy"],
        "parameters": [{"name": "path", "in": "path", "required": True, "schema": {"type": "string"}}],
        "security": [{"token": []}, {"session": []}],
        "responses": {"200": {"description": "As the target answers."}},
    }


PATHS: dict[str, Any] = {
    "/api/proxy/{path}": {method: _operation(method) for method in ("get", "post", "put", "patch", "delete")}
}
