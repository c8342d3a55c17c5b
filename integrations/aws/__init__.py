"""The AWS account that Terraform works on, real or emulated."""
