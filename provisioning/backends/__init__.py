"""What makes things real: Terraform for the cloud, server-side apply for Kubernetes."""
