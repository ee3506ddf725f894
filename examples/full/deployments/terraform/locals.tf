locals {
  # The start of the names of all resources.
  name = "market-api-${var.environment}"

  tags = merge(var.tags, {
    Service     = "market-api"
    Environment = var.environment
    ManagedBy   = "terraform"
  })

  # Who may deploy: jobs of the repository that belong to the environment. The environment has the approvals.
  ci_subject = "repo:${var.ci_repository}:environment:${var.environment}"

  # DATABASE_URL in the secret store: market-api-database-url.
  secret_prefix = "market-api-"

  # Random values that nothing but the service needs to know.
  generated_secrets = ["JWT_SECRET"]

  secret_versions = { for name in ["DATABASE_URL", "REDIS_URL", "JWT_SECRET"] : name => lookup(var.secret_versions, name, 1) }

  # The namespace of the service, and the account of its pods.
  namespace       = "market-api"
  service_account = "market-api"

  # The account with which External Secrets reads the secrets.
  secrets_account = "market-api-secrets"
}
