variable "prefix" {
  description = "The start of the names of the secrets."
  type        = string
}

variable "names" {
  description = "The variables whose values other modules or operators set."
  type        = set(string)
}

variable "generated" {
  description = "The variables that get random values. They are write-only arguments: neither plans nor the state contain them."
  type        = set(string)
}

variable "versions" {
  description = "The versions of the random values. A higher one replaces the value."
  type        = map(number)
}

variable "deletion_protection" {
  description = "Whether a deleted secret can be restored for 30 days."
  type        = bool
}

variable "key_arn" {
  description = "The key that encrypts the values."
  type        = string
}
