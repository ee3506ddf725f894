# The environment as a whole. The provider is mocked, so the test needs no account. `make terraform-check` repeats it with the values of
# each environment.

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

run "environment" {
  command = plan

  assert {
    condition     = var.environment != "production" || var.high_availability && var.deletion_protection
    error_message = "Production doesn't survive the outage of a zone, or its data can be deleted."
  }

  assert {
    condition     = endswith(local.ci_subject, ":environment:${var.environment}")
    error_message = "Other pipelines than those of the environment can deploy."
  }

  assert {
    condition     = toset(keys(output.secret_names)) == setunion(["DATABASE_URL", "MIGRATION_DATABASE_URL", "REDIS_URL", "JWT_SECRET"], var.optional_secrets)
    error_message = "The secrets are not those that the service reads."
  }

  assert {
    condition     = strcontains(output.kubeconfig_command, output.cluster)
    error_message = "The command is for another cluster."
  }

  assert {
    condition     = length(output.data_cidrs) > 0 && alltrue([for cidr in output.data_cidrs : can(cidrnetmask(cidr))])
    error_message = "The addresses of the servers are missing."
  }
}
