output "endpoint" {
  description = "Host that serves the content; aliases point to it."
  value       = aws_cloudfront_distribution.this.domain_name
}

output "distribution" {
  description = "Id of the distribution, for invalidations."
  value       = aws_cloudfront_distribution.this.id
}

output "hosted_zone" {
  description = "Zone that alias records in Route 53 point to."
  value       = aws_cloudfront_distribution.this.hosted_zone_id
}

output "arn" {
  description = "Amazon resource name of the distribution."
  value       = aws_cloudfront_distribution.this.arn
}
