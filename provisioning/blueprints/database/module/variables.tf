# Developers fill these in.

variable "name" {
  description = "Name of the database; with its environment it names the instance."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,48}[a-z0-9]$", var.name)) && !strcontains(var.name, "--")
    error_message = "The name takes 3 to 50 lower-case letters, digits and single hyphens, and begins with a letter."
  }
}

variable "engine" {
  description = "Database engine."
  type        = string

  validation {
    condition     = contains(["postgres", "mysql"], var.engine)
    error_message = "The engine is postgres or mysql."
  }
}

variable "engine_version" {
  description = "Version of the engine, such as 15.4; a major version alone takes the default minor one."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{1,2}(\\.[0-9]{1,2}){0,2}$", var.engine_version))
    error_message = "The version looks like 15 or 15.4."
  }
}

variable "instance_class" {
  description = "Size of the instance."
  type        = string

  validation {
    condition     = can(regex("^db\\.[a-z0-9]+\\.[a-z0-9]+$", var.instance_class))
    error_message = "The instance class looks like db.t3.micro."
  }
}

variable "allocated_storage" {
  description = "Storage in GiB. It can grow and never shrink."
  type        = number

  validation {
    condition     = var.allocated_storage >= 20 && var.allocated_storage <= 65536 && floor(var.allocated_storage) == var.allocated_storage
    error_message = "Storage is a whole number from 20 to 65536 GiB."
  }
}

variable "deletion_protection" {
  description = "Whether AWS refuses to delete the instance, which it does in production only."
  type        = bool
  default     = true
}

# The platform handles these.

variable "environment" {
  description = "Environment that the database serves; environments may share an AWS account."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,11}$", var.environment))
    error_message = "The environment takes 2 to 12 lower-case letters and digits."
  }
}

variable "backup_retention" {
  description = "Days that backups are kept."
  type        = number

  validation {
    condition     = var.backup_retention >= 1 && var.backup_retention <= 35
    error_message = "Backups are kept for 1 to 35 days."
  }
}

variable "encryption" {
  description = "Whether storage is encrypted."
  type        = bool
}

variable "multi_az" {
  description = "Whether a standby runs in another availability zone."
  type        = bool
}

variable "backup_window" {
  description = "Daily window for backups, in UTC."
  type        = string
}

variable "maintenance_window" {
  description = "Weekly window for maintenance, in UTC."
  type        = string
}

variable "final_snapshot" {
  description = "Whether a last snapshot is kept when the instance is deleted."
  type        = bool
  default     = false
}

variable "subnet_ids" {
  description = "Subnets of two or more availability zones; empty takes the account's default ones."
  type        = list(string)
  default     = []
}

variable "allowed_cidrs" {
  description = "Networks that may connect; empty means the VPC that the database is in."
  type        = list(string)
  default     = []
}

variable "tags" {
  description = "Tags of everything that belongs to the database."
  type        = map(string)
}

# A secret of the portal: in neither plan nor state.

variable "password" {
  description = "Password of the first user."
  type        = string
  sensitive   = true
  ephemeral   = true
}

variable "password_version" {
  description = "Raise it to set the password again."
  type        = number
  default     = 1
}
