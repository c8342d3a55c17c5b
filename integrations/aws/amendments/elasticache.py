"""ElastiCache: replication groups have nodes, and go when they are deleted."""

from typing import Any

from moto.core.responses import EmptyResult
from moto.elasticache.exceptions import CacheSubnetGroupNotFound
from moto.elasticache.models import CacheCluster, ElastiCacheBackend, ReplicationGroup
from moto.elasticache.responses import ElastiCacheResponse

_describe_cache_clusters = ElastiCacheBackend.describe_cache_clusters
_delete_replication_group = ElastiCacheBackend.delete_replication_group
_replication_group = ReplicationGroup.__init__
_FIELDS = set(CacheCluster.__init__.__annotations__) - {"return"}


def amend() -> None:
    """CreateReplicationGroup, DescribeCacheClusters and DeleteReplicationGroup as AWS answers them, and
    DeleteCacheSubnetGroup, which moto has not."""
    ElastiCacheResponse.delete_cache_subnet_group = delete_cache_subnet_group  # type: ignore[attr-defined]
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
    """moto knows no node of a replication group by its own id."""
    for group in self.replication_groups.values():
        if cache_cluster_id in group.member_clusters:
            return [_member(self, group, str(cache_cluster_id))]
    return _describe_cache_clusters(self, cache_cluster_id)


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


def delete_cache_subnet_group(self: ElastiCacheResponse) -> EmptyResult:
    """It is gone at once."""
    name = self._get_param("CacheSubnetGroupName")
    if self.elasticache_backend.cache_subnet_groups.pop(name, None) is None:
        raise CacheSubnetGroupNotFound(name)
    return EmptyResult()
