variable "account" {
  description = "The ID of the AWS account. Terraform refuses to change any other one."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account))
    error_message = "Set account to the ID of the AWS account, such as 111111111111."
  }
}

variable "region" {
  description = "The region of the bucket."
  type        = string
}

variable "ci_issuer" {
  description = "The issuer of the tokens of GitHub Actions. GitHub Enterprise has its own."
  type        = string
  default     = "https://token.actions.githubusercontent.com"
}
