locals {
  ports = { postgres = 5432, mysql = 3306 }
  port  = local.ports[var.engine]

  # MySQL's major versions have two numbers, such as 8.0.
  pinned = length(split(".", var.engine_version)) > (var.engine == "mysql" ? 2 : 1)

  # An AWS account that serves several environments has the same name in each of them.
  identifier = "${var.name}-${var.environment}"

  # Neither engine takes hyphens in the name of a database, nor words of its own.
  reserved = [
    "admin", "all", "analyze", "and", "any", "array", "between", "case", "check", "column", "create", "database", "default",
    "delete", "desc", "distinct", "drop", "end", "false", "foreign", "from", "grant", "group", "having", "index",
    "information_schema", "innodb", "insert", "join", "key", "leading", "limit", "match", "mysql", "not", "null", "offset",
    "order", "performance_schema", "postgres", "primary", "rdsadmin", "references", "schema", "select", "session_user",
    "sys", "table", "template0", "template1", "then", "to", "trailing", "true", "union", "unique", "update", "user",
    "using", "when", "where", "window", "with",
  ]
  database = contains(local.reserved, replace(var.name, "-", "_")) ? "${replace(var.name, "-", "_")}_db" : replace(var.name, "-", "_")
  subnets  = length(var.subnet_ids) > 0 ? var.subnet_ids : sort(data.aws_subnets.default[0].ids)
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

resource "aws_db_subnet_group" "this" {
  name       = local.identifier
  subnet_ids = local.subnets
  tags       = var.tags
}

resource "aws_security_group" "this" {
  name        = "${local.identifier}-database"
  description = "Who may connect to ${local.identifier}"
  vpc_id      = data.aws_vpc.this.id
  tags        = merge(var.tags, { Name = "${local.identifier}-database" })
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

resource "aws_db_instance" "this" {
  identifier = local.identifier
  db_name    = local.database

  engine            = var.engine
  engine_version    = var.engine_version
  instance_class    = var.instance_class
  allocated_storage = var.allocated_storage
  storage_type      = "gp3"
  storage_encrypted = var.encryption

  username            = "portal"
  # Of one that was taken on, the portal does not know the password and leaves it alone.
  password_wo         = var.password_version == null ? null : var.password
  password_wo_version = var.password_version

  port                   = local.port
  publicly_accessible    = false
  db_subnet_group_name   = aws_db_subnet_group.this.name
  vpc_security_group_ids = [aws_security_group.this.id]

  multi_az                = var.multi_az
  backup_retention_period = var.backup_retention
  backup_window           = var.backup_window
  maintenance_window      = var.maintenance_window
  copy_tags_to_snapshot   = true

  apply_immediately = true
  # A minor version that AWS has raised by itself would be set back by the next plan.
  auto_minor_version_upgrade  = !local.pinned
  allow_major_version_upgrade = true

  deletion_protection = var.environment == "production" && var.deletion_protection
  skip_final_snapshot = !var.final_snapshot
  # A second database of this name would find the snapshot of the first in its way.
  final_snapshot_identifier = var.final_snapshot ? "${local.identifier}-final-${trimprefix(aws_security_group.this.id, "sg-")}" : null

  tags = var.tags
}
