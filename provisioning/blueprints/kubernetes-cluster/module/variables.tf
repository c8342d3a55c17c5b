# Developers fill these in.

variable "name" {
  description = "Name of the cluster; with its environment it names everything that belongs to it."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,38}[a-z0-9]$", var.name)) && !strcontains(var.name, "--")
    error_message = "The name takes 3 to 40 lower-case letters, digits and single hyphens, and begins with a letter."
  }
}

variable "kubernetes_version" {
  description = "Minor version of Kubernetes, such as 1.34."
  type        = string

  validation {
    condition     = can(regex("^1\\.[0-9]{2}$", var.kubernetes_version))
    error_message = "The version looks like 1.34."
  }
}

variable "node_type" {
  description = "Size of each node."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9]+\\.[a-z0-9]+$", var.node_type))
    error_message = "The node type looks like m5.large."
  }
}

variable "minimum_nodes" {
  description = "How many nodes there are at least, and at first."
  type        = number

  validation {
    condition     = var.minimum_nodes >= 1 && floor(var.minimum_nodes) == var.minimum_nodes
    error_message = "A cluster has one node at least."
  }
}

variable "maximum_nodes" {
  description = "How many nodes there may be."
  type        = number

  validation {
    condition     = var.maximum_nodes >= var.minimum_nodes && floor(var.maximum_nodes) == var.maximum_nodes
    error_message = "The most nodes are not fewer than the least."
  }
}

# The platform handles these.

variable "environment" {
  description = "Environment that the cluster serves; environments may share an AWS account."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,10}$", var.environment))
    error_message = "The environment takes 2 to 11 lower-case letters and digits."
  }
}

variable "addons" {
  description = "Add-ons that AWS manages."
  type        = set(string)
}

variable "log_types" {
  description = "Logs of the control plane that CloudWatch keeps."
  type        = set(string)
}

variable "log_retention" {
  description = "Days that CloudWatch keeps them."
  type        = number
}

variable "public_endpoint" {
  description = "Whether the API answers outside the VPC, too."
  type        = bool
}

variable "ami_type" {
  description = "System of the nodes; its root disk must be /dev/xvda."
  type        = string
  default     = "AL2023_x86_64_STANDARD"
}

variable "disk_size" {
  description = "Disk of each node in GiB, encrypted."
  type        = number
}

variable "subnet_ids" {
  description = "Subnets of two or more availability zones; empty takes the account's default ones."
  type        = list(string)
  default     = []
}

variable "tags" {
  description = "Tags of everything that belongs to the cluster."
  type        = map(string)
}
