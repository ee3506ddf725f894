variable "name" {
  description = "The name of the cluster, and the start of the names of all resources."
  type        = string
}

variable "region" {
  description = "The region of the cluster."
  type        = string
}

variable "kubernetes_version" {
  description = "The minor version of Kubernetes."
  type        = string
}

variable "private_subnet_ids" {
  description = "The subnets of the nodes."
  type        = list(string)
}

variable "api_cidrs" {
  description = "The public addresses that can reach the API server."
  type        = list(string)
}

variable "admins" {
  description = "The ARNs of the IAM roles that administer the cluster."
  type        = list(string)
}

variable "ci_role_arn" {
  description = "The role that deploys the service."
  type        = string
}

variable "namespace" {
  description = "The namespace of the service."
  type        = string
}

variable "load_balancer_cidrs" {
  description = "The addresses from which load balancers connect to pods."
  type        = list(string)
}

variable "domain" {
  description = "The host name of the service."
  type        = string
}

variable "dns_zone" {
  description = "The public hosted zone that contains it."
  type        = string
}

variable "deletion_protection" {
  description = "Whether the cluster can't be deleted."
  type        = bool
}

variable "log_days" {
  description = "How many days logs are kept."
  type        = number
}

variable "key_arn" {
  description = "The key that encrypts the objects of kind Secret, and the logs."
  type        = string
}
