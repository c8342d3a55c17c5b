"""What moto leaves out or says otherwise than AWS, where Terraform's provider asks. Each is small and says its call."""

import hashlib

from moto.core.config import default_user_config
from moto.rds.models import DBInstance

from integrations.aws.amendments import cloudfront, ec2, eks, elasticache


def amend() -> None:
    """Apply all of them to the emulator of this process, before it serves."""
    default_user_config["iam"]["load_aws_managed_policies"] = True
    DBInstance.dbi_resource_id = property(_resource_id, lambda instance, fixed: None)  # type: ignore[assignment]
    for service in (cloudfront, ec2, eks, elasticache):
        service.amend()


def _resource_id(instance: DBInstance) -> str:
    """moto gives all database instances one resource id, by which Terraform looks for the one that it has made."""
    return f"db-{hashlib.sha256(instance.db_instance_identifier.encode()).hexdigest()[:26].upper()}"
