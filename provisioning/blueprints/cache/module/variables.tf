# Developers fill these in.

variable "name" {
  description = "Name of the cache; with its environment it names the replication group."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,26}[a-z0-9]$", var.name)) && !strcontains(var.name, "--")
    error_message = "The name takes 3 to 28 lower-case letters, digits and single hyphens, and begins with a letter."
  }
}

variable "engine_version" {
  description = "Version of Redis, such as 7.1."
  type        = string

  validation {
    condition     = contains(["6.2", "7.0", "7.1"], var.engine_version)
    error_message = "The version of Redis is 6.2, 7.0 or 7.1."
  }
}

variable "node_type" {
  description = "Size of each node."
  type        = string

  validation {
    condition     = can(regex("^cache\\.[a-z0-9]+\\.[a-z0-9]+$", var.node_type))
    error_message = "The node type looks like cache.t4g.micro."
  }
}

variable "replicas" {
  description = "Nodes beside the one that takes writes."
  type        = number

  validation {
    condition     = var.replicas >= 0 && var.replicas <= 5 && floor(var.replicas) == var.replicas
    error_message = "There are 0 to 5 replicas."
  }
}

# The platform handles these.

variable "environment" {
  description = "Environment that the cache serves; environments may share an AWS account."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,10}$", var.environment))
    error_message = "The environment takes 2 to 11 lower-case letters and digits."
  }
}

variable "encryption" {
  description = "Whether data is encrypted at rest and in transit. The auth token needs it."
  type        = bool
}

variable "multi_az" {
  description = "Whether a replica in another availability zone takes over when the first node fails."
  type        = bool

  validation {
    condition     = !var.multi_az || var.replicas > 0
    error_message = "Failing over to another zone takes a replica at least."
  }
}

variable "snapshot_retention" {
  description = "Days that daily snapshots are kept; 0 makes none."
  type        = number

  validation {
    condition     = var.snapshot_retention >= 0 && var.snapshot_retention <= 35
    error_message = "Snapshots are kept for 0 to 35 days."
  }
}

variable "snapshot_window" {
  description = "Daily window for snapshots, in UTC."
  type        = string
}

variable "maintenance_window" {
  description = "Weekly window for maintenance, in UTC."
  type        = string
}

variable "final_snapshot" {
  description = "Whether a last snapshot is kept when the cache is deleted."
  type        = bool
  default     = false
}

variable "subnet_ids" {
  description = "Subnets of two or more availability zones; empty takes the account's default ones."
  type        = list(string)
  default     = []
}

variable "allowed_cidrs" {
  description = "Networks that may connect; empty means the VPC that the cache is in."
  type        = list(string)
  default     = []
}

variable "tags" {
  description = "Tags of everything that belongs to the cache."
  type        = map(string)
}

# A secret of the portal. The provider has no write-only argument for it: the encrypted state holds it.

variable "auth_token" {
  description = "Token that clients authenticate with: 16 to 128 characters."
  type        = string
  sensitive   = true

  validation {
    condition     = can(regex("^[A-Za-z0-9!&#$^<>-]{16,128}$", var.auth_token))
    error_message = "The token takes 16 to 128 letters, digits and !&#$^<>-."
  }
}
