locals {
  # An AWS account that serves several environments has the same name in each of them.
  cluster = "${var.name}-${var.environment}"
  subnets = length(var.subnet_ids) > 0 ? var.subnet_ids : sort(data.aws_subnets.default[0].ids)
}

data "aws_vpc" "default" {
  count   = length(var.subnet_ids) > 0 ? 0 : 1
  default = true
}

data "aws_subnets" "default" {
  count = length(var.subnet_ids) > 0 ? 0 : 1

  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.default[0].id]
  }
}

resource "aws_kms_key" "secrets" {
  description             = "Kubernetes secrets of ${local.cluster}"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  tags                    = var.tags
}

# EKS would make it by itself: without an end to its logs, and left behind by the cluster.
resource "aws_cloudwatch_log_group" "control_plane" {
  name              = "/aws/eks/${local.cluster}/cluster"
  retention_in_days = var.log_retention
  tags              = var.tags
}

resource "aws_eks_cluster" "this" {
  name                          = local.cluster
  role_arn                      = aws_iam_role.cluster.arn
  version                       = var.kubernetes_version
  enabled_cluster_log_types     = var.log_types
  bootstrap_self_managed_addons = false
  tags                          = var.tags

  vpc_config {
    subnet_ids              = local.subnets
    endpoint_private_access = true
    endpoint_public_access  = var.public_endpoint
  }

  encryption_config {
    resources = ["secrets"]

    provider {
      key_arn = aws_kms_key.secrets.arn
    }
  }

  # Without its role's rights AWS can neither run the cluster nor clear up behind it.
  depends_on = [aws_iam_role_policy_attachment.cluster, aws_cloudwatch_log_group.control_plane]
}
