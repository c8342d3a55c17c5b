"""What Git hosts are asked with."""

from functools import cache

from catalog.config import current
from catalog.hosts import GitHost, GitHubApp
from integrations.github.app import InstallationTokens


def token_for(host: GitHost, owner: str) -> str:
    """The token for what ``owner`` has on ``host``; empty when the configuration gives none."""
    app = None if host.token else host.app_for(owner)
    return _tokens_of(host.api, app).token(owner) if app else host.token


@cache
def _tokens_of(api: str, app: GitHubApp) -> InstallationTokens:
    """One holder of tokens for each app in a process: GitHub limits how many are made."""
    return InstallationTokens(api, app.id, app.private_key, allow_private=current().hosts_for(api))
