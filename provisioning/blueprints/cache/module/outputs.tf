output "endpoint" {
  description = "Host of the node that takes writes."
  value       = aws_elasticache_replication_group.this.primary_endpoint_address
}

output "reader_endpoint" {
  description = "Host that spreads reads over the replicas."
  value       = aws_elasticache_replication_group.this.reader_endpoint_address
}

output "port" {
  description = "Port that clients connect to, by TLS."
  value       = aws_elasticache_replication_group.this.port
}

output "arn" {
  description = "Amazon resource name of the replication group."
  value       = aws_elasticache_replication_group.this.arn
}
