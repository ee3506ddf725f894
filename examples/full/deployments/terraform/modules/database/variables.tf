variable "name" {
  description = "The start of the names of all resources."
  type        = string
}

variable "vpc_id" {
  description = "The network."
  type        = string
}

variable "data_subnet_ids" {
  description = "The subnets of the database."
  type        = list(string)
}

variable "client_security_group_id" {
  description = "The security group that can connect."
  type        = string
}

variable "size" {
  description = "The instance class."
  type        = string
}

variable "storage_gb" {
  description = "The initial storage in GB."
  type        = number
}

variable "high_availability" {
  description = "Whether a standby in another zone takes over after an outage."
  type        = bool
}

variable "deletion_protection" {
  description = "Whether the database can't be deleted, and changes that interrupt the service wait for the maintenance window."
  type        = bool
}

variable "backup_days" {
  description = "How many days backups are kept. From 7 on, a snapshot remains when the database is deleted."
  type        = number
}

variable "password_version" {
  description = "The version of the password. A higher one replaces it, in the secrets, too."
  type        = number
}

variable "secret_arns" {
  description = "The secrets that get the URL of the database."
  type        = map(string)
}

variable "log_days" {
  description = "How many days logs are kept."
  type        = number
}

variable "key_arn" {
  description = "The key that encrypts the data."
  type        = string
}
