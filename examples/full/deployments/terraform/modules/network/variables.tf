variable "name" {
  description = "The start of the names of all resources."
  type        = string
}

variable "cidr" {
  description = "The address range of the network."
  type        = string
}

variable "high_availability" {
  description = "Whether each zone has a NAT gateway."
  type        = bool
}

variable "log_days" {
  description = "How many days logs are kept."
  type        = number
}

variable "key_arn" {
  description = "The key that encrypts the logs."
  type        = string
}
