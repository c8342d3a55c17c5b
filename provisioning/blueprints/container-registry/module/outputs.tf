output "url" {
  description = "Where images are pushed to and pulled from."
  value       = aws_ecr_repository.this.repository_url
}

output "repository" {
  description = "Name of the repository in the registry."
  value       = aws_ecr_repository.this.name
}

output "arn" {
  description = "Amazon resource name of the repository."
  value       = aws_ecr_repository.this.arn
}
