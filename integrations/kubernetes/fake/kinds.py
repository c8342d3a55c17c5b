"""The kinds that the emulated API serves. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from integrations.kubernetes.fake.shapes import (
    ANY,
    BOOLEAN,
    NUMBER,
    QUANTITY,
    STRING,
    Shape,
    listing,
    mapping,
    struct,
)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of object and where it is served."""

    group: str
    kind: str
    plural: str
    shape: Shape
    namespaced: bool = True
    #: Of kinds that a CustomResourceDefinition adds.
    schema: Mapping[str, Any] | None = None
    #: Whether the status is written apart from the rest.
    has_status: bool = False

    @property
    def api_version(self) -> str:
        """As manifests write it; every kind here is at v1."""
        return f"{self.group}/v1" if self.group else "v1"

    @property
    def resource(self) -> str:
        """How messages name it: ``networkpolicies.networking.k8s.io``."""
        return f"{self.plural}.{self.group}" if self.group else self.plural


_STRINGS = mapping(STRING)
METADATA = struct(
    name=STRING,
    generateName=STRING,
    namespace=STRING,
    labels=_STRINGS,
    annotations=_STRINGS,
    finalizers=listing(STRING),
    ownerReferences=listing(ANY),
    uid=STRING,
    resourceVersion=STRING,
    generation=NUMBER,
    creationTimestamp=STRING,
    deletionTimestamp=STRING,
    deletionGracePeriodSeconds=NUMBER,
    managedFields=ANY,
    selfLink=STRING,
)
_AMOUNTS = mapping(QUANTITY)
_SELECTOR = struct(
    atomic=True,
    matchLabels=_STRINGS,
    matchExpressions=listing(struct(key=STRING, operator=STRING, values=listing(STRING))),
)
_PEERS = listing(
    struct(
        podSelector=_SELECTOR,
        namespaceSelector=_SELECTOR,
        ipBlock=struct(cidr=STRING, except_=listing(STRING)),
    )
)
_PORTS = listing(struct(protocol=STRING, port=NUMBER, endPort=NUMBER))
_RULE = struct(
    verbs=listing(STRING),
    apiGroups=listing(STRING),
    resources=listing(STRING),
    resourceNames=listing(STRING),
    nonResourceURLs=listing(STRING),
)
_ROLE_REF = struct(atomic=True, apiGroup=STRING, kind=STRING, name=STRING)
_SUBJECTS = listing(struct(kind=STRING, apiGroup=STRING, name=STRING, namespace=STRING))


def _object(**fields: Shape) -> Shape:
    return Shape("struct", {"apiVersion": STRING, "kind": STRING, "metadata": METADATA, **fields})


NAMESPACE = Kind(
    "", "Namespace", "namespaces", _object(spec=struct(finalizers=listing(STRING)), status=ANY), namespaced=False
)
CONFIG_MAP = Kind("", "ConfigMap", "configmaps", _object(data=_STRINGS, binaryData=_STRINGS, immutable=BOOLEAN))
SERVICE_ACCOUNT = Kind(
    "",
    "ServiceAccount",
    "serviceaccounts",
    _object(
        automountServiceAccountToken=BOOLEAN,
        secrets=listing(ANY),
        imagePullSecrets=listing(struct(name=STRING)),
    ),
)
RESOURCE_QUOTA = Kind(
    "",
    "ResourceQuota",
    "resourcequotas",
    _object(
        spec=struct(hard=_AMOUNTS, scopes=listing(STRING), scopeSelector=ANY),
        status=struct(hard=_AMOUNTS, used=_AMOUNTS),
    ),
)
LIMIT_RANGE = Kind(
    "",
    "LimitRange",
    "limitranges",
    _object(
        spec=struct(
            limits=listing(
                struct(
                    type=STRING,
                    max=_AMOUNTS,
                    min=_AMOUNTS,
                    default=_AMOUNTS,
                    defaultRequest=_AMOUNTS,
                    maxLimitRequestRatio=_AMOUNTS,
                )
            )
        )
    ),
)
NETWORK_POLICY = Kind(
    "networking.k8s.io",
    "NetworkPolicy",
    "networkpolicies",
    _object(
        spec=struct(
            podSelector=_SELECTOR,
            policyTypes=listing(STRING),
            ingress=listing(struct(from_=_PEERS, ports=_PORTS)),
            egress=listing(struct(to=_PEERS, ports=_PORTS)),
        )
    ),
)
_RBAC = "rbac.authorization.k8s.io"
ROLE = Kind(_RBAC, "Role", "roles", _object(rules=listing(_RULE)))
CLUSTER_ROLE = Kind(
    _RBAC, "ClusterRole", "clusterroles", _object(rules=listing(_RULE), aggregationRule=ANY), namespaced=False
)
ROLE_BINDING = Kind(_RBAC, "RoleBinding", "rolebindings", _object(roleRef=_ROLE_REF, subjects=_SUBJECTS))
_WORKLOAD = _object(spec=struct(replicas=NUMBER, selector=ANY, template=ANY, serviceName=STRING), status=ANY)
REPLICA_SET = Kind("apps", "ReplicaSet", "replicasets", _WORKLOAD)
CRON_JOB = Kind(
    "batch",
    "CronJob",
    "cronjobs",
    _object(spec=struct(schedule=STRING, suspend=BOOLEAN, jobTemplate=ANY), status=ANY),
)

#: What runs is only looked at, so its content is not checked.
_RUNNING = {"spec": ANY, "status": ANY}
POD = Kind("", "Pod", "pods", _object(**_RUNNING), has_status=True)
EVENT = Kind(
    "",
    "Event",
    "events",
    _object(
        involvedObject=ANY,
        reason=STRING,
        message=STRING,
        type=STRING,
        count=NUMBER,
        source=ANY,
        firstTimestamp=STRING,
        lastTimestamp=STRING,
        eventTime=STRING,
        series=ANY,
        action=STRING,
        related=ANY,
        reportingComponent=STRING,
        reportingInstance=STRING,
    ),
)
DEPLOYMENT = Kind("apps", "Deployment", "deployments", _object(**_RUNNING), has_status=True)
STATEFUL_SET = Kind("apps", "StatefulSet", "statefulsets", _object(**_RUNNING), has_status=True)
DAEMON_SET = Kind("apps", "DaemonSet", "daemonsets", _object(**_RUNNING), has_status=True)
DEFINITION = Kind(
    "apiextensions.k8s.io",
    "CustomResourceDefinition",
    "customresourcedefinitions",
    _object(**_RUNNING),
    namespaced=False,
    has_status=True,
)

KINDS = (
    NAMESPACE,
    CONFIG_MAP,
    SERVICE_ACCOUNT,
    RESOURCE_QUOTA,
    LIMIT_RANGE,
    NETWORK_POLICY,
    ROLE,
    CLUSTER_ROLE,
    ROLE_BINDING,
    POD,
    EVENT,
    DEPLOYMENT,
    STATEFUL_SET,
    DAEMON_SET,
    REPLICA_SET,
    CRON_JOB,
    DEFINITION,
)
