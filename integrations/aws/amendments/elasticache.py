"""ElastiCache: replication groups have nodes, and go when they are deleted."""

from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.elasticache.exceptions import CacheSubnetGroupNotFound
from moto.elasticache.models import CacheCluster, ElastiCacheBackend, ReplicationGroup
from moto.elasticache.responses import ElastiCacheResponse

_describe_cache_clusters = ElastiCacheBackend.describe_cache_clusters
_delete_replication_group = ElastiCacheBackend.delete_replication_group
_modify_replication_group = ElastiCacheResponse.modify_replication_group
_replication_group = ReplicationGroup.__init__
_FIELDS = set(CacheCluster.__init__.__annotations__) - {"return"}


def amend() -> None:
    """CreateReplicationGroup, DescribeCacheClusters and DeleteReplicationGroup as AWS answers them, and
    IncreaseReplicaCount, DecreaseReplicaCount and DeleteCacheSubnetGroup, which moto has not."""
    for call in (modify_replication_group, increase_replica_count, decrease_replica_count, delete_cache_subnet_group):
        setattr(ElastiCacheResponse, call.__name__, call)
    ReplicationGroup.__init__ = _with_all_nodes  # type: ignore[method-assign, assignment]
    ElastiCacheBackend.describe_cache_clusters = _with_members  # type: ignore[method-assign]
    ElastiCacheBackend.delete_replication_group = _gone_at_once  # type: ignore[method-assign]


def _with_all_nodes(self: ReplicationGroup, **named: Any) -> None:
    """moto makes one node whatever ``NumCacheClusters`` says."""
    named["replicas_per_node_group"] = named["replicas_per_node_group"] or (named["num_cache_clusters"] or 1) - 1
    _replication_group(self, **named)
    for group in self.node_groups:
        if "reader_endpoint_address" in group:
            group["reader_endpoint"] = {"address": group["reader_endpoint_address"], "port": self.port}


def _with_members(self: ElastiCacheBackend, cache_cluster_id: str | None = None) -> list[CacheCluster]:
    """moto knows no node of a replication group, neither in the list nor by its own id."""
    groups = self.replication_groups.values()
    members = {name: _member(self, group, name) for group in groups for name in group.member_clusters}
    if cache_cluster_id in members:
        return [members[cache_cluster_id]]
    found = _describe_cache_clusters(self, cache_cluster_id)
    return found if cache_cluster_id else [*found, *members.values()]


def _member(backend: ElastiCacheBackend, group: ReplicationGroup, name: str) -> CacheCluster:
    fields: dict[str, Any] = {field: vars(group).get(field) for field in _FIELDS}
    fields |= {"account_id": backend.account_id, "region_name": backend.region_name, "cache_cluster_id": name}
    member = CacheCluster(**fields)
    status = [{"SecurityGroupId": each, "Status": "active"} for each in group.security_group_ids or ()]
    of_group = ("at_rest_encryption_enabled", "auth_token_enabled")
    vars(member).update({name: getattr(group, name) for name in of_group}, security_groups=status)
    return member


def _gone_at_once(self: ElastiCacheBackend, *arguments: Any, **named: Any) -> ReplicationGroup:
    """moto's replication groups are “deleting” for ever."""
    group = _delete_replication_group(self, *arguments, **named)
    del self.replication_groups[group.replication_group_id]
    return group


def modify_replication_group(self: ElastiCacheResponse) -> ActionResult:
    """moto leaves some of what is asked for as it was."""
    group = _group(self)
    group.engine_version = self._get_param("EngineVersion") or group.engine_version
    group.snapshot_window = self._get_param("SnapshotWindow") or group.snapshot_window
    return _modify_replication_group(self)


def increase_replica_count(self: ElastiCacheResponse) -> ActionResult:
    """The nodes are there at once."""
    return _set_replicas(self)


def decrease_replica_count(self: ElastiCacheResponse) -> ActionResult:
    """The nodes are gone at once."""
    return _set_replicas(self)


def _set_replicas(response: ElastiCacheResponse) -> ActionResult:
    group, nodes = _group(response), _group(response).node_groups[0]
    group.member_clusters, nodes["node_group_members"] = [], []
    group._set_node_members_clusters_disabled(
        member_clusters=group.member_clusters,
        replication_group_id=group.replication_group_id,
        replication_group_domain=nodes["primary_endpoint_address"].removeprefix("master."),
        node_group=nodes,
        preferred_cache_cluster_azs=[],
        num_cache_clusters=1,
        replicas_per_node_group=response._get_int_param("NewReplicaCount"),
    )
    return ActionResult({"ReplicationGroup": group})


def _group(response: ElastiCacheResponse) -> ReplicationGroup:
    name = response._get_param("ReplicationGroupId")
    return response.elasticache_backend.describe_replication_groups(name)[0]


def delete_cache_subnet_group(self: ElastiCacheResponse) -> EmptyResult:
    """It is gone at once."""
    name = self._get_param("CacheSubnetGroupName")
    if self.elasticache_backend.cache_subnet_groups.pop(name, None) is None:
        raise CacheSubnetGroupNotFound(name)
    return EmptyResult()
