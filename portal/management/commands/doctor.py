"""Say what is wrong with this installation, and how to mend it."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from common.errors import CairnError
from integrations.git.client import git_version
from integrations.kubernetes.client import Client
from integrations.terraform.mirror import find_mirror
from portal import env
from portal.health import CHECKS
from portal.proxy.views import configured_routes


class Command(BaseCommand):
    """``doctor``"""

    help = "Say what is wrong with this installation, and how to mend it."
    requires_system_checks: list[str] = []  # it must work when they fail

    def handle(self, *args: Any, **options: Any) -> None:
        """A line a part; fails when a needed one is not well."""
        needed = {"environment": _environment, "data folder": _data, **CHECKS}
        wanted = {
            "terraform": _terraform,
            "providers": _providers,
            "kubernetes": _kubernetes,
            "git": _git,
            "disk": _disk,
            "proxy": _proxy,
        }
        sick = [name for name, check in needed.items() if not self._ask(name, check, "needed")]
        for name, check in wanted.items():
            self._ask(name, check, "optional")
        if sick:
            raise CommandError(f"Not well: {', '.join(sick)}.")

    def _ask(self, name: str, check: Callable[[], str], weight: str) -> bool:
        try:
            self.stdout.write(f"{self.style.SUCCESS('ok      ')} {name:<12} {check()}")
        except CairnError as error:
            self.stdout.write(f"{self.style.ERROR(f'{weight:<8}')} {name:<12} {error.message} {error.hint}")
        except Exception as error:
            self.stdout.write(f"{self.style.ERROR(f'{weight:<8}')} {name:<12} {error}")
        else:
            return True
        return False


def _environment() -> str:
    env.complain()
    return "every setting is known"


def _data() -> str:
    folder = Path(settings.DATA_DIR)
    secrets = folder / "secrets"
    if secrets.exists() and secrets.stat().st_mode & 0o077:
        raise RuntimeError(f"{secrets} can be read by others; run chmod -R go= {secrets}")
    return str(folder)


def _terraform() -> str:
    found = shutil.which(settings.TERRAFORM_BINARY)
    if not found:
        raise RuntimeError("not found; databases cannot be made. Install Terraform or OpenTofu, or set CAIRN_TERRAFORM")
    return found


def _providers() -> str:
    mirror = find_mirror(settings.TERRAFORM_PLUGIN_MIRROR)
    return (
        f"from the mirror {mirror}" if mirror else "from the registry; set CAIRN_TERRAFORM_MIRROR where there is none"
    )


def _kubernetes() -> str:
    if not settings.KUBECONFIG:
        raise RuntimeError("no cluster; make up starts one, or set CAIRN_KUBECONFIG")
    version = Client.from_kubeconfig(Path(settings.KUBECONFIG)).server_version()
    return f"{version.text}{' (emulated)' if version.emulated else ''}"


def _proxy() -> str:
    routes = configured_routes()
    if routes.broken:
        raise RuntimeError("; ".join(f"{one.path} {one.message}. {one.hint}".strip() for one in routes.broken.values()))
    return f"{len(routes.usable)} routes below /api/proxy"


def _git() -> str:
    try:
        return git_version()
    except CairnError as error:
        raise RuntimeError(f"{error.message} Repositories cannot be sources of the catalog. {error.hint}") from None


def _disk() -> str:
    free = shutil.disk_usage(settings.DATA_DIR).free // 2**30
    if free < 2:
        raise RuntimeError(f"only {free} GiB left where {settings.DATA_DIR} is")
    return f"{free} GiB free"
