"""Terraform's state: an HTTP backend with versions, locks and fencing. See README.md."""
