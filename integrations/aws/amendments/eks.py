"""EKS: add-ons, which moto has not, and node groups as they were asked for."""

from typing import Any

from moto.core.responses import ActionResult
from moto.eks import urls
from moto.eks.exceptions import ResourceNotFoundException
from moto.eks.models import Nodegroup
from moto.eks.responses import EKSResponse
from moto.utilities.utils import get_partition

_nodegroup = Nodegroup.__init__
_PATHS = (
    "addons",
    "addons/(?P<addonName>[^/]+)",
    "updates",
    "updates/(?P<updateId>[^/]+)",
    "node-groups/(?P<nodegroupName>[^/]+)/update-version",
)


def amend() -> None:
    """CreateAddon, DescribeAddon, DeleteAddon, UpdateClusterVersion, UpdateNodegroupVersion and DescribeUpdate;
    DescribeNodegroup as AWS answers it."""
    for path in _PATHS:
        urls.url_paths[f"{{0}}/clusters/(?P<name>[^/]+)/{path}$"] = EKSResponse.dispatch
    for call in (*_ADDON_CALLS, update_cluster_version, update_nodegroup_version, describe_update):
        setattr(EKSResponse, call.__name__, call)
    Nodegroup.__init__ = _as_given  # type: ignore[method-assign]


def create_addon(self: EKSResponse) -> ActionResult:
    """Add-ons are active as soon as they are asked for."""
    cluster = self.eks_backend.describe_cluster(name=self._get_param("name"))
    name = self._get_param("addonName")
    arn = f"arn:{get_partition(self.region)}:eks:{self.region}:{self.current_account}:addon/{cluster.name}/{name}/1"
    addon = {
        "addonName": name,
        "clusterName": cluster.name,
        "status": "ACTIVE",
        "addonVersion": self._get_param("addonVersion") or "v1.0.0-eksbuild.1",
        "addonArn": arn,
        "createdAt": cluster.created_at,
        "modifiedAt": cluster.created_at,
        "serviceAccountRoleArn": self._get_param("serviceAccountRoleArn"),
        "tags": self._get_param("tags") or {},
    }
    vars(cluster).setdefault("addons", {})[name] = addon
    return ActionResult({"addon": addon})


def describe_addon(self: EKSResponse) -> ActionResult:
    """ResourceNotFoundException where the cluster has none of this name."""
    return ActionResult({"addon": _addons(self)[self._get_param("addonName")]})


def delete_addon(self: EKSResponse) -> ActionResult:
    """It is gone at once."""
    return ActionResult({"addon": _addons(self).pop(self._get_param("addonName"))})


_ADDON_CALLS = (create_addon, describe_addon, delete_addon)


def update_cluster_version(self: EKSResponse) -> ActionResult:
    """The cluster has its new version at once."""
    cluster = self.eks_backend.describe_cluster(name=self._get_param("name"))
    cluster.version = self._get_param("version")
    return _done("VersionUpdate")


def update_nodegroup_version(self: EKSResponse) -> ActionResult:
    """The nodes have their new version at once."""
    names = {"cluster_name": self._get_param("name"), "nodegroup_name": self._get_param("nodegroupName")}
    nodes = self.eks_backend.describe_nodegroup(**names)
    nodes.version = self._get_param("version") or nodes.version
    return _done("VersionUpdate")


def describe_update(self: EKSResponse) -> ActionResult:
    """Every update is over as soon as it began."""
    return _done("ConfigUpdate", self._get_param("updateId"))


def _done(kind: str, identifier: str = "00000000-0000-0000-0000-000000000001") -> ActionResult:
    return ActionResult(
        {"update": {"id": identifier, "status": "Successful", "type": kind, "params": [], "errors": []}}
    )


def _addons(response: EKSResponse) -> dict[str, Any]:
    """The add-ons of the cluster that is asked about, with the one that is asked for."""
    name = response._get_param("addonName")
    cluster = response.eks_backend.describe_cluster(name=response._get_param("name"))
    addons: dict[str, Any] = vars(cluster).get("addons", {})
    if name not in addons:
        raise ResourceNotFoundException(
            clusterName=cluster.name,
            nodegroupName=None,
            fargateProfileName=None,
            addonName=name,
            message=f"No addon: {name} found in cluster: {cluster.name}",
        )
    return addons


def _as_given(self: Nodegroup, *arguments: Any, **named: Any) -> None:
    """Nobody gets in who was not let in, and nodes are renewed one by one."""
    _nodegroup(self, *arguments, **named)
    vars(self)["remote_access"] = named.get("remote_access")
    self.update_config = self.update_config or {"maxUnavailable": 1}
