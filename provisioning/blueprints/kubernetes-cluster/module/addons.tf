locals {
  # These run on nodes: AWS calls them degraded until there are some.
  after_nodes = ["coredns", "aws-ebs-csi-driver"]
}

resource "aws_eks_addon" "before_nodes" {
  for_each = setsubtract(var.addons, local.after_nodes)

  cluster_name                = aws_eks_cluster.this.name
  addon_name                  = each.value
  resolve_conflicts_on_create = "OVERWRITE"
  resolve_conflicts_on_update = "OVERWRITE"
  tags                        = var.tags
}

resource "aws_eks_addon" "after_nodes" {
  for_each = setintersection(var.addons, local.after_nodes)

  cluster_name                = aws_eks_cluster.this.name
  addon_name                  = each.value
  service_account_role_arn    = each.value == "aws-ebs-csi-driver" ? aws_iam_role.volumes.arn : null
  resolve_conflicts_on_create = "OVERWRITE"
  resolve_conflicts_on_update = "OVERWRITE"
  tags                        = var.tags

  depends_on = [aws_eks_node_group.application]
}
