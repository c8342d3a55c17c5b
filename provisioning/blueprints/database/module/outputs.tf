output "endpoint" {
  description = "Host that clients connect to."
  value       = aws_db_instance.this.address
}

output "port" {
  description = "Port that clients connect to."
  value       = aws_db_instance.this.port
}

output "database" {
  description = "Name of the database inside the instance."
  value       = aws_db_instance.this.db_name
}

output "username" {
  description = "The first user."
  value       = aws_db_instance.this.username
}

output "arn" {
  description = "Amazon resource name of the instance."
  value       = aws_db_instance.this.arn
}

output "identifier" {
  description = "Identifier of the instance in the AWS account."
  value       = aws_db_instance.this.identifier
}
