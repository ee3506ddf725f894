terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.69"
    }
  }
}

provider "aws" {
  region = var.region

  # The credentials of another account are refused.
  allowed_account_ids = [var.account]

  default_tags {
    tags = {
      Service   = "market-api"
      ManagedBy = "terraform"
    }
  }
}
