module "encryption" {
  source = "./modules/encryption"

  name = local.name
}

module "network" {
  source = "./modules/network"

  name              = local.name
  cidr              = var.network_cidr
  high_availability = var.high_availability
  log_days          = var.log_days
  key_arn           = module.encryption.key_arn
}

module "registry" {
  source = "./modules/registry"

  name                = local.name
  deletion_protection = var.deletion_protection
  key_arn             = module.encryption.key_arn
}

module "secrets" {
  source = "./modules/secrets"

  # Environments can share an account.
  prefix              = "${var.environment}/${local.secret_prefix}"
  deletion_protection = var.deletion_protection
  key_arn             = module.encryption.key_arn

  names     = setunion(["DATABASE_URL", "MIGRATION_DATABASE_URL", "REDIS_URL"], var.optional_secrets)
  generated = local.generated_secrets
  versions  = local.secret_versions
}

module "database" {
  source = "./modules/database"

  name                     = local.name
  vpc_id                   = module.network.vpc_id
  data_subnet_ids          = module.network.data_subnet_ids
  client_security_group_id = module.cluster.security_group_id

  size                = var.database_size
  storage_gb          = var.database_storage_gb
  high_availability   = var.high_availability
  deletion_protection = var.deletion_protection
  backup_days         = var.backup_days
  password_version    = local.secret_versions.DATABASE_URL
  secret_arns         = { for name in ["DATABASE_URL", "MIGRATION_DATABASE_URL"] : name => module.secrets.arns[name] }
  log_days            = var.log_days
  key_arn             = module.encryption.key_arn
}

module "cache" {
  source = "./modules/cache"

  name                     = local.name
  vpc_id                   = module.network.vpc_id
  data_subnet_ids          = module.network.data_subnet_ids
  client_security_group_id = module.cluster.security_group_id

  size                = var.cache_size
  high_availability   = var.high_availability
  deletion_protection = var.deletion_protection
  password_version    = local.secret_versions.REDIS_URL
  secret_arn          = module.secrets.arns.REDIS_URL
  log_days            = var.log_days
  key_arn             = module.encryption.key_arn
}

module "cluster" {
  source = "./modules/cluster"

  name               = local.name
  region             = var.region
  kubernetes_version = var.kubernetes_version

  private_subnet_ids  = module.network.private_subnet_ids
  load_balancer_cidrs = [module.network.cidr]
  api_cidrs           = var.kubernetes_api_cidrs
  domain              = var.domain
  dns_zone            = var.dns_zone

  namespace   = local.namespace
  admins      = var.kubernetes_admins
  ci_role_arn = module.ci.role_arn

  deletion_protection = var.deletion_protection
  log_days            = var.log_days
  key_arn             = module.encryption.key_arn
}

module "identity" {
  source = "./modules/identity"

  name            = local.name
  oidc            = module.cluster.oidc
  namespace       = local.namespace
  service_account = local.service_account

  secrets_account = local.secrets_account
  secret_store    = { name = var.environment, prefix = "${var.environment}/" }
  secret_arns     = module.secrets.arns
  key_arn         = module.encryption.key_arn
}

module "ci" {
  source = "./modules/ci"

  name         = local.name
  region       = var.region
  issuer       = var.ci_issuer
  subject      = local.ci_subject
  registry_url = module.registry.url
  registry_arn = module.registry.arn

  cluster_arn  = module.cluster.arn
  cluster_name = module.cluster.name
}

module "observability" {
  source = "./modules/observability"

  name           = local.name
  emails         = var.alert_emails
  monthly_budget = var.monthly_budget
  key_arn        = module.encryption.key_arn

  alarms = merge(module.cluster.alarms, module.database.alarms, module.cache.alarms)
}
