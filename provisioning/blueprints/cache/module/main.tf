locals {
  # An AWS account that serves several environments has the same name in each of them.
  identifier = "${var.name}-${var.environment}"
  subnets    = length(var.subnet_ids) > 0 ? var.subnet_ids : sort(data.aws_subnets.default[0].ids)
  port       = 6379
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

data "aws_subnet" "first" {
  id = local.subnets[0]
}

data "aws_vpc" "this" {
  id = data.aws_subnet.first.vpc_id
}

resource "aws_elasticache_subnet_group" "this" {
  name        = local.identifier
  description = "Where ${local.identifier} may run"
  subnet_ids  = local.subnets
  tags        = var.tags
}

resource "aws_security_group" "this" {
  name        = "${local.identifier}-cache"
  description = "Who may connect to ${local.identifier}"
  vpc_id      = data.aws_vpc.this.id
  tags        = merge(var.tags, { Name = "${local.identifier}-cache" })
}

resource "aws_vpc_security_group_ingress_rule" "clients" {
  for_each = toset(length(var.allowed_cidrs) > 0 ? var.allowed_cidrs : [data.aws_vpc.this.cidr_block])

  security_group_id = aws_security_group.this.id
  description       = "Clients of ${local.identifier}"
  cidr_ipv4         = each.value
  ip_protocol       = "tcp"
  from_port         = local.port
  to_port           = local.port
  tags              = var.tags
}

resource "aws_elasticache_replication_group" "this" {
  replication_group_id = local.identifier
  description          = "Cache ${local.identifier}"

  engine         = "redis"
  engine_version = var.engine_version
  node_type      = var.node_type
  port           = local.port

  num_cache_clusters         = var.replicas + 1
  automatic_failover_enabled = var.multi_az
  multi_az_enabled           = var.multi_az

  subnet_group_name  = aws_elasticache_subnet_group.this.name
  security_group_ids = [aws_security_group.this.id]

  at_rest_encryption_enabled = var.encryption
  transit_encryption_enabled = var.encryption
  auth_token                 = var.auth_token
  auth_token_update_strategy = "ROTATE"

  snapshot_retention_limit  = var.snapshot_retention
  snapshot_window           = var.snapshot_window
  maintenance_window        = var.maintenance_window
  final_snapshot_identifier = var.final_snapshot ? "${local.identifier}-final-${trimprefix(aws_security_group.this.id, "sg-")}" : null

  apply_immediately          = true
  auto_minor_version_upgrade = true

  tags = var.tags
}
