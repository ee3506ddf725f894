variable "name" {
  description = "The start of the names of all resources."
  type        = string
}

variable "vpc_id" {
  description = "The network."
  type        = string
}

variable "data_subnet_ids" {
  description = "The subnets of the cache."
  type        = list(string)
}

variable "client_security_group_id" {
  description = "The security group that can connect."
  type        = string
}

variable "size" {
  description = "The node type."
  type        = string
}

variable "high_availability" {
  description = "Whether a replica in another zone takes over after an outage."
  type        = bool
}

variable "deletion_protection" {
  description = "Whether changes that interrupt the service wait for the maintenance window."
  type        = bool
}

variable "password_version" {
  description = "The version of the password. A higher one replaces it, in the secret, too."
  type        = number
}

variable "secret_arn" {
  description = "The secret that gets the URL of the cache."
  type        = string
}

variable "log_days" {
  description = "How many days logs are kept."
  type        = number
}

variable "key_arn" {
  description = "The key that encrypts the data."
  type        = string
}
