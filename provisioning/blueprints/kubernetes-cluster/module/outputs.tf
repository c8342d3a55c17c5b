output "endpoint" {
  description = "Address of the Kubernetes API."
  value       = aws_eks_cluster.this.endpoint
}

output "certificate_authority" {
  description = "Certificate that the API proves itself with, in Base64. It is no secret."
  value       = aws_eks_cluster.this.certificate_authority[0].data
}

output "cluster" {
  description = "Name of the cluster in the AWS account."
  value       = aws_eks_cluster.this.name
}

output "oidc_provider" {
  description = "Amazon resource name of the provider that roles of service accounts trust."
  value       = aws_iam_openid_connect_provider.this.arn
}

output "arn" {
  description = "Amazon resource name of the cluster."
  value       = aws_eks_cluster.this.arn
}
