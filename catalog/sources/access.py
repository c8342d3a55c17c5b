"""What Git hosts are asked with."""

from catalog.hosts import GitHost


def token_for(host: GitHost, owner: str) -> str:
    """The token for what ``owner`` has on ``host``; empty when the configuration gives none."""
    return host.token
