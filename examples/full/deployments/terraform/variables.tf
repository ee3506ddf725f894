variable "environment" {
  description = "The environment: dev, staging, or production."
  type        = string

  validation {
    condition     = contains(["dev", "staging", "production"], var.environment)
    error_message = "The environment must be dev, staging, or production."
  }
}

variable "account" {
  description = "The ID of the AWS account. Terraform refuses to change any other one."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account))
    error_message = "Set account to the ID of the AWS account, such as 111111111111."
  }
}

variable "region" {
  description = "The region of all resources."
  type        = string
}

variable "tags" {
  description = "Tags that all resources get in addition to those that locals.tf sets."
  type        = map(string)
  default     = {}
}

variable "network_cidr" {
  description = "The private address range of the network. It must not overlap with networks that this one will be connected to."
  type        = string
  default     = "10.0.0.0/16"

  validation {
    condition     = can(regex("/(16|17|18|19|20)$", var.network_cidr)) && can(cidrnetmask(var.network_cidr))
    error_message = "The network_cidr must be an IPv4 range from /16 to /20, such as 10.0.0.0/16."
  }
}

variable "high_availability" {
  description = "Whether the environment survives the outage of a zone: replicas of the servers, and outgoing traffic through every zone."
  type        = bool
}

variable "deletion_protection" {
  description = "Whether data is protected from deletion, by Terraform, too. Maintenance that interrupts the service then waits for the maintenance window."
  type        = bool
  default     = true
}

variable "log_days" {
  description = "How many days logs are kept."
  type        = number

  validation {
    condition     = contains([7, 14, 30, 60, 90, 180, 365], var.log_days)
    error_message = "The log_days must be 7, 14, 30, 60, 90, 180, or 365."
  }
}

variable "domain" {
  description = "The host name of the service, such as api.example.com."
  type        = string

  validation {
    condition     = can(regex("^([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z]{2,}$", var.domain))
    error_message = "Set domain to the host name of the service, such as api.example.com."
  }
}

variable "dns_zone" {
  description = "The public hosted zone in Route 53 that contains the domain, such as example.com."
  type        = string

  validation {
    condition     = length(var.dns_zone) > 0
    error_message = "Set dns_zone to the zone that contains the domain."
  }
}

variable "kubernetes_version" {
  description = "The minor version of Kubernetes. Clusters are upgraded one minor version at a time."
  type        = string
}

variable "kubernetes_api_cidrs" {
  description = "The public addresses that can reach the API server of the cluster. Without any, it is reachable from the network only."
  type        = list(string)
  default     = []

  validation {
    condition     = !contains(var.kubernetes_api_cidrs, "0.0.0.0/0")
    error_message = "The kubernetes_api_cidrs must not be the whole internet."
  }
}

variable "kubernetes_admins" {
  description = "The ARNs of the IAM roles that administer the cluster."
  type        = list(string)

  validation {
    condition     = length(var.kubernetes_admins) > 0
    error_message = "Set kubernetes_admins to at least one: whoever creates a cluster has no lasting access to it."
  }
}

variable "optional_secrets" {
  description = "The secrets that the service gets although it starts without them. An operator enters their values."
  type        = set(string)
  default     = []

  validation {
    condition = length(setsubtract(var.optional_secrets, [
      "JWT_PREVIOUS_SECRET",
    ])) == 0
    error_message = "The optional_secrets must be secret environment variables of the service that Terraform doesn't set itself."
  }
}

variable "secret_versions" {
  description = "The versions of the secrets that Terraform sets. A higher number replaces the value, and the password of the server. Default: 1."
  type        = map(number)
  default     = {}

  validation {
    condition     = length(setsubtract(keys(var.secret_versions), ["DATABASE_URL", "REDIS_URL", "JWT_SECRET"])) == 0
    error_message = "The secret_versions must be for DATABASE_URL, REDIS_URL, JWT_SECRET."
  }
}

variable "backup_days" {
  description = "How many days backups of the database are kept. It can be restored to any second of this time. From 7 on, a last backup remains when it is deleted."
  type        = number

  validation {
    condition     = var.backup_days >= 1 && var.backup_days <= 35
    error_message = "The backup_days must be from 1 to 35."
  }
}

variable "database_size" {
  description = "The instance class of PostgreSQL, such as db.t4g.micro."
  type        = string
}

variable "database_storage_gb" {
  description = "The initial storage of the database in GB. It grows automatically, up to five times as much."
  type        = number
}

variable "cache_size" {
  description = "The node type of the cache, such as cache.t4g.micro."
  type        = string
}

variable "alert_emails" {
  description = "Who is notified of alarms and of the budget."
  type        = list(string)

  validation {
    condition     = length(var.alert_emails) > 0
    error_message = "Set alert_emails to at least one email address."
  }
}

variable "monthly_budget" {
  description = "The expected costs per month, in the currency of the account. Notifications are sent at 80 % and before they exceed 100 %."
  type        = number
}

variable "ci_issuer" {
  description = "The issuer of the tokens of GitHub Actions. GitHub Enterprise has its own."
  type        = string
  default     = "https://token.actions.githubusercontent.com"
}

variable "ci_repository" {
  description = "The repository as its tokens name it: owner@id/name@id, or owner/name for repositories that don't use immutable subjects."
  type        = string

  validation {
    condition     = can(regex("^[^/:]+/[^/:]+$", var.ci_repository))
    error_message = "Set ci_repository to the repository that deploys, as its tokens name it, such as acme@1234/shop@5678."
  }
}
