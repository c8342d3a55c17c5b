resource "aws_launch_template" "nodes" {
  name                   = "${local.cluster}-nodes"
  description            = "Nodes of ${local.cluster}"
  update_default_version = true
  tags                   = var.tags

  # Pods must not borrow the rights of their node: one hop ends at the node itself.
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      volume_size           = var.disk_size
      volume_type           = "gp3"
      encrypted             = true
      delete_on_termination = true
    }
  }

  tag_specifications {
    resource_type = "instance"
    tags          = merge(var.tags, { Name = "${local.cluster}-application" })
  }

  tag_specifications {
    resource_type = "volume"
    tags          = var.tags
  }
}

resource "aws_eks_node_group" "application" {
  cluster_name    = aws_eks_cluster.this.name
  node_group_name = "application"
  node_role_arn   = aws_iam_role.nodes.arn
  subnet_ids      = local.subnets
  version         = var.kubernetes_version
  ami_type        = var.ami_type
  capacity_type   = "ON_DEMAND"
  instance_types  = [var.node_type]
  tags            = var.tags

  scaling_config {
    min_size     = var.minimum_nodes
    desired_size = var.minimum_nodes
    max_size     = var.maximum_nodes
  }

  update_config {
    max_unavailable = 1
  }

  launch_template {
    id      = aws_launch_template.nodes.id
    version = aws_launch_template.nodes.latest_version
  }

  # The cluster's autoscaler decides how many there are within the limits.
  lifecycle {
    ignore_changes = [scaling_config[0].desired_size]
  }

  # Nodes are ready only where the network's add-on is, and join only with their role's rights.
  depends_on = [aws_iam_role_policy_attachment.nodes, aws_eks_addon.before_nodes]
}
