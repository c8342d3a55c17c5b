# Developers fill these in.

variable "name" {
  description = "Name of the repository, below its environment."
  type        = string

  validation {
    condition     = can(regex("^[a-z](?:[._-]?[a-z0-9]+)+$", var.name)) && length(var.name) <= 100
    error_message = "The name takes 2 to 100 lower-case letters and digits with single dots, dashes and underscores between them."
  }
}

variable "kept_images" {
  description = "How many images are kept; older ones go."
  type        = number

  validation {
    condition     = var.kept_images >= 1 && var.kept_images <= 1000 && floor(var.kept_images) == var.kept_images
    error_message = "1 to 1000 images are kept."
  }
}

variable "pull_accounts" {
  description = "AWS accounts beside this one that may pull."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for account in var.pull_accounts : can(regex("^[0-9]{12}$", account))])
    error_message = "The number of an AWS account has 12 digits."
  }
}

# The platform handles these.

variable "environment" {
  description = "Environment that the repository serves; environments may share an AWS account."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,10}$", var.environment))
    error_message = "The environment takes 2 to 11 lower-case letters and digits."
  }
}

variable "scan_on_push" {
  description = "Whether images are scanned for known weaknesses when they come in."
  type        = bool
}

variable "immutable_tags" {
  description = "Whether a tag, once pushed, always means the same image."
  type        = bool
}

variable "untagged_days" {
  description = "Days after which images without a tag go."
  type        = number
}

variable "delete_images" {
  description = "Whether deleting the repository takes its images along; else AWS refuses while there are any."
  type        = bool
}

variable "tags" {
  description = "Tags of everything that belongs to the repository."
  type        = map(string)
}
