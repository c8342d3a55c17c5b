"""Running Terraform or OpenTofu: see README.md. Knows nothing of requests, runs or people."""
