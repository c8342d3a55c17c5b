"""Which backend serves a blueprint."""

from provisioning.backends.base import Backend


def backend_named(name: str) -> Backend:
    """The backend of a blueprint; imported when a worker needs it, because the Kubernetes client is large."""
    if name == "terraform":
        from provisioning.backends.terraform import TerraformBackend

        return TerraformBackend()
    from provisioning.backends.kubernetes import KubernetesBackend

    return KubernetesBackend()
