terraform {
  # Write-only arguments keep passwords out of the state. Terraform and OpenTofu have them since version 1.11.
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.69"
    }
  }

  # The settings are in environments/*.tfbackend. See README.md.
  backend "s3" {}
}

provider "aws" {
  region = var.region

  # The credentials of another account are refused.
  allowed_account_ids = [var.account]

  default_tags {
    tags = local.tags
  }
}
