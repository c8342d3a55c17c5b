locals {
  identifier  = "${var.name}-${var.environment}"
  certificate = var.certificate_arn != ""

  # Policies that AWS manages have the same ids in every account.
  caching_optimized       = "658327ea-f89d-4fab-a63d-7e88639e58f6"
  all_viewer_but_not_host = "b689b0a8-53d0-40ab-baf2-38738e2966ac"
  security_headers        = "67f7725c-6f97-4210-82d7-5512b31e9d03"
}

resource "aws_cloudfront_distribution" "this" {
  enabled             = true
  comment             = local.identifier
  aliases             = var.aliases
  price_class         = var.price_class
  default_root_object = var.default_root_object
  http_version        = "http2and3"
  is_ipv6_enabled     = true
  tags                = merge(var.tags, { ExpectedTraffic = "${var.expected_traffic} GB a month" })

  origin {
    origin_id   = "origin"
    domain_name = var.origin_domain

    custom_origin_config {
      http_port              = 80
      https_port             = 443
      origin_protocol_policy = "https-only"
      origin_ssl_protocols   = ["TLSv1.2"]
    }
  }

  default_cache_behavior {
    target_origin_id           = "origin"
    allowed_methods            = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]
    cached_methods             = ["GET", "HEAD"]
    viewer_protocol_policy     = "redirect-to-https"
    compress                   = true
    cache_policy_id            = local.caching_optimized
    origin_request_policy_id   = local.all_viewer_but_not_host
    response_headers_policy_id = local.security_headers
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }

  # AWS takes a minimum of TLS only together with a certificate of one's own.
  viewer_certificate {
    cloudfront_default_certificate = !local.certificate
    acm_certificate_arn            = local.certificate ? var.certificate_arn : null
    ssl_support_method             = local.certificate ? "sni-only" : null
    minimum_protocol_version       = local.certificate ? var.minimum_tls : "TLSv1"
  }
}
