variable "name" {
  description = "The name of the repository."
  type        = string
}

variable "deletion_protection" {
  description = "Whether a repository with images can't be deleted."
  type        = bool
}

variable "key_arn" {
  description = "The key that encrypts the images."
  type        = string
}
