# Values that are refused. The provider is mocked, so the tests need no account.

mock_provider "aws" {
  mock_data "aws_availability_zones" {
    defaults = { names = ["us-east-2a", "us-east-2b", "us-east-2c", "us-east-2d"] }
  }

  mock_data "aws_caller_identity" {
    defaults = { account_id = "111111111111" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }

  mock_data "aws_region" {
    defaults = { region = "us-east-2" }
  }

  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }
}

variables {
  account      = "111111111111"
  domain       = "api.example.com"
  dns_zone     = "example.com"
  alert_emails = ["team@example.com"]

  kubernetes_admins = ["arn:aws:iam::111111111111:role/administrator"]

  ci_repository = "acme@1234/shop@5678"
}

run "without_account" {
  command = plan

  variables {
    account = ""
  }

  expect_failures = [var.account]
}

run "without_recipients" {
  command = plan

  variables {
    alert_emails = []
  }

  expect_failures = [var.alert_emails]
}

run "api_for_everyone" {
  command = plan

  variables {
    kubernetes_api_cidrs = ["0.0.0.0/0"]
  }

  expect_failures = [var.kubernetes_api_cidrs]
}
