# Developers fill these in.

variable "name" {
  description = "Name of the distribution; with its environment it is the distribution's comment."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,48}[a-z0-9]$", var.name)) && !strcontains(var.name, "--")
    error_message = "The name takes 3 to 50 lower-case letters, digits and single hyphens, and begins with a letter."
  }
}

variable "origin_domain" {
  description = "Host that the distribution fetches from, by HTTPS."
  type        = string

  validation {
    condition     = can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]{2,63}$", var.origin_domain))
    error_message = "The origin is the name of a host, such as www.example.com."
  }
}

variable "default_root_object" {
  description = "What is answered for /; empty asks the origin."
  type        = string
  default     = ""

  validation {
    condition     = !startswith(var.default_root_object, "/")
    error_message = "The root object does not begin with a slash."
  }
}

variable "price_class" {
  description = "Which of CloudFront's regions serve it."
  type        = string

  validation {
    condition     = contains(["PriceClass_100", "PriceClass_200", "PriceClass_All"], var.price_class)
    error_message = "The price class is PriceClass_100, PriceClass_200 or PriceClass_All."
  }
}

variable "expected_traffic" {
  description = "GB a month that are expected: for estimate and policy. A tag keeps it beside the real bill."
  type        = number
}

variable "certificate_arn" {
  description = "Certificate for the aliases, in us-east-1; empty takes CloudFront's own."
  type        = string
  default     = ""

  validation {
    condition     = var.certificate_arn == "" || can(regex("^arn:aws[a-z-]*:acm:us-east-1:[0-9]{12}:certificate/[0-9a-f-]+$", var.certificate_arn))
    error_message = "CloudFront takes certificates of AWS Certificate Manager in us-east-1."
  }
}

variable "aliases" {
  description = "Names of one's own; the certificate must cover them."
  type        = list(string)
  default     = []

  validation {
    condition     = length(var.aliases) == 0 || var.certificate_arn != ""
    error_message = "Names of one's own need a certificate that covers them."
  }
}

# The platform handles these.

variable "environment" {
  description = "Environment that the distribution serves."
  type        = string
}

variable "minimum_tls" {
  description = "CloudFront's security policy where the distribution has a certificate of its own."
  type        = string
}

variable "tags" {
  description = "Tags of everything that belongs to the distribution."
  type        = map(string)
}
