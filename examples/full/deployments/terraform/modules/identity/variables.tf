variable "name" {
  description = "The start of the names of all resources."
  type        = string
}

variable "oidc" {
  description = "Who issues the tokens of service accounts."
  type        = object({ provider_arn = string, issuer = string })
}

variable "namespace" {
  description = "The namespace of the service accounts."
  type        = string
}

variable "service_account" {
  description = "The service account of the service."
  type        = string
}

variable "secrets_account" {
  description = "The service account with which External Secrets reads the secrets."
  type        = string
}

variable "secret_store" {
  description = "The name of the ClusterSecretStore, and the start of the names of its secrets."
  type        = object({ name = string, prefix = string })
}

variable "secret_arns" {
  description = "The secrets."
  type        = map(string)
}

variable "key_arn" {
  description = "The key that encrypts them."
  type        = string
}
