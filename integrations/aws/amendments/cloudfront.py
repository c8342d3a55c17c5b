"""CloudFront: what is not set is not said."""

from typing import Any

from moto.cloudfront.models import DefaultCacheBehaviour, ViewerCertificate

_behaviour, _certificate = DefaultCacheBehaviour.__init__, ViewerCertificate.__init__


def amend() -> None:
    """GetDistribution as AWS answers it."""
    DefaultCacheBehaviour.__init__ = _behaviour_as_given  # type: ignore[method-assign]
    ViewerCertificate.__init__ = _certificate_as_given  # type: ignore[method-assign]


def _behaviour_as_given(self: DefaultCacheBehaviour, config: dict[str, Any]) -> None:
    """A behaviour with a cache policy forwards what the policy says."""
    _behaviour(self, config)
    if self.cache_policy_id:
        del self.forwarded_values


def _certificate_as_given(self: ViewerCertificate, config: dict[str, Any]) -> None:
    """CloudFront's own certificate comes without the settings of another."""
    _certificate(self, config)
    for name in ("iam_certificate_id", "acm_certificate_arn"):
        if not getattr(self, name):
            delattr(self, name)
