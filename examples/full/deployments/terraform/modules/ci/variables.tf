variable "name" {
  description = "The start of the names of all resources."
  type        = string
}

variable "region" {
  description = "The region."
  type        = string
}

variable "issuer" {
  description = "The issuer of the tokens of pipelines."
  type        = string
}

variable "subject" {
  description = "The subject of the tokens of those that may deploy."
  type        = string
}

variable "registry_url" {
  description = "The repository of the images."
  type        = string
}

variable "registry_arn" {
  description = "Its ARN."
  type        = string
}

variable "cluster_arn" {
  description = "The cluster of the service."
  type        = string
}

variable "cluster_name" {
  description = "Its name."
  type        = string
}
