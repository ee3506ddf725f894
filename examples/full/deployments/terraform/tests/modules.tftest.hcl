# Each module on its own. The provider is mocked, so the tests need no account.

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

  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:us-east-2:111111111111:log-group:shop-test" }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111111111111:role/shop-test" }
  }
}

# What the modules get from each other, and what has the same value in all of these tests.
variables {
  name                     = "shop-test"
  region                   = "us-east-2"
  domain                   = "api.example.com"
  dns_zone                 = "example.com"
  log_days                 = 7
  vpc_id                   = "vpc-1"
  key_arn                  = "arn:aws:kms:us-east-2:111111111111:key/1"
  load_balancer_cidrs      = ["10.1.0.0/16"]
  data_subnet_ids          = ["subnet-5", "subnet-6"]
  client_security_group_id = "sg-1"
  password_version         = 1
  secret_arn               = "arn:aws:secretsmanager:us-east-2:111111111111:secret:REDIS_URL"
  registry_url             = "111111111111.dkr.ecr.us-east-2.amazonaws.com/shop-test"
  registry_arn             = "arn:aws:ecr:us-east-2:111111111111:repository/shop-test"
  private_subnet_ids       = ["subnet-3", "subnet-4"]
  namespace                = "shop"
  ci_role_arn              = "arn:aws:iam::111111111111:role/shop-test-ci"

  secret_arns = {
    DATABASE_URL           = "arn:aws:secretsmanager:us-east-2:111111111111:secret:DATABASE_URL"
    MIGRATION_DATABASE_URL = "arn:aws:secretsmanager:us-east-2:111111111111:secret:MIGRATION_DATABASE_URL"
    REDIS_URL              = "arn:aws:secretsmanager:us-east-2:111111111111:secret:REDIS_URL"
    JWT_SECRET             = "arn:aws:secretsmanager:us-east-2:111111111111:secret:JWT_SECRET"
  }
}

run "network" {
  module {
    source = "./modules/network"
  }

  variables {
    cidr              = "10.1.0.0/16"
    high_availability = false
  }

  assert {
    condition     = length(aws_nat_gateway.this) == 1 && length(aws_route.nat) == 3
    error_message = "Not every zone has a way out through the one gateway."
  }

  assert {
    condition     = alltrue([for subnet in merge(aws_subnet.public, aws_subnet.private) : subnet.map_public_ip_on_launch != true])
    error_message = "A subnet gives out public addresses."
  }

  assert {
    condition     = toset(output.public_subnet_ids) == toset([for subnet in aws_subnet.public : subnet.id]) && toset(output.private_subnet_ids) == toset([for subnet in aws_subnet.private : subnet.id])
    error_message = "What belongs into private subnets gets other ones."
  }

  assert {
    condition     = output.data_cidrs == ["10.1.8.0/24", "10.1.9.0/24", "10.1.10.0/24"]
    error_message = "The subnets of the servers moved, which would replace the servers."
  }
}

run "network_with_high_availability" {
  command = plan

  module {
    source = "./modules/network"
  }

  variables {
    cidr              = "10.1.0.0/16"
    high_availability = true
  }

  assert {
    condition     = length(aws_nat_gateway.this) == 3
    error_message = "A zone has no gateway of its own."
  }
}

run "registry" {
  module {
    source = "./modules/registry"
  }

  variables {
    deletion_protection = true
  }

  assert {
    condition     = output.url == aws_ecr_repository.this.repository_url && output.arn == aws_ecr_repository.this.arn
    error_message = "The outputs are swapped."
  }

  assert {
    condition     = aws_ecr_repository.this.image_tag_mutability == "IMMUTABLE" && !aws_ecr_repository.this.force_delete
    error_message = "Images can be replaced or deleted."
  }
}

run "secrets" {
  module {
    source = "./modules/secrets"
  }

  variables {
    prefix              = "test/shop-"
    names               = ["DATABASE_URL", "MIGRATION_DATABASE_URL", "REDIS_URL"]
    generated           = ["JWT_SECRET"]
    versions            = { JWT_SECRET = 1 }
    deletion_protection = true
  }

  assert {
    condition     = output.names.DATABASE_URL == "test/shop-database-url" && output.arns.DATABASE_URL == aws_secretsmanager_secret.this["DATABASE_URL"].arn
    error_message = "The service gets another secret."
  }

  assert {
    condition     = alltrue([for secret in aws_secretsmanager_secret.this : secret.recovery_window_in_days == 30])
    error_message = "A deleted secret can't be restored."
  }
}

run "ci" {
  module {
    source = "./modules/ci"
  }

  variables {
    issuer  = "https://ci.example.com"
    subject = "shop"

    cluster_arn  = "arn:aws:eks:us-east-2:111111111111:cluster/shop-test"
    cluster_name = "shop-test"
  }

  assert {
    condition = output.variables == {
      AWS_ROLE_ARN = aws_iam_role.this.arn
      AWS_REGION   = "us-east-2"
      REGISTRY     = var.registry_url
      CLUSTER      = "shop-test"
    }
    error_message = "Pipelines get other values."
  }
}

run "database" {
  command = plan

  module {
    source = "./modules/database"
  }

  variables {
    size                = "db.t4g.micro"
    storage_gb          = 20
    high_availability   = true
    deletion_protection = true
    backup_days         = 30
  }

  assert {
    condition     = aws_vpc_security_group_ingress_rule.service.referenced_security_group_id == "sg-1" && aws_vpc_security_group_ingress_rule.service.cidr_ipv4 == null
    error_message = "Others than the service can connect."
  }

  assert {
    condition     = aws_db_instance.this.storage_encrypted && !aws_db_instance.this.publicly_accessible
    error_message = "The database is not encrypted, or has a public address."
  }

  assert {
    condition     = aws_db_instance.this.multi_az && aws_db_instance.this.backup_retention_period == 30
    error_message = "The database has no standby, or its backups are deleted too early."
  }

  assert {
    condition     = aws_db_instance.this.deletion_protection && !aws_db_instance.this.skip_final_snapshot && !aws_db_instance.this.apply_immediately
    error_message = "The data is not protected."
  }

  assert {
    condition     = contains([for parameter in aws_db_parameter_group.this.parameter : "${parameter.name}=${parameter.value}"], "rds.force_ssl=1")
    error_message = "Connections without TLS are possible."
  }
}

run "cache" {
  command = plan

  module {
    source = "./modules/cache"
  }

  variables {
    size                = "cache.t4g.micro"
    high_availability   = true
    deletion_protection = true
  }

  assert {
    condition     = aws_vpc_security_group_ingress_rule.service.referenced_security_group_id == "sg-1" && aws_vpc_security_group_ingress_rule.service.cidr_ipv4 == null
    error_message = "Others than the service can connect."
  }

  assert {
    condition     = aws_elasticache_replication_group.this.transit_encryption_enabled && tobool(aws_elasticache_replication_group.this.at_rest_encryption_enabled)
    error_message = "The cache is not encrypted."
  }

  assert {
    condition     = aws_elasticache_replication_group.this.automatic_failover_enabled && aws_elasticache_replication_group.this.num_cache_clusters == 2
    error_message = "No replica takes over after an outage."
  }

  assert {
    condition     = toset([for alarm in output.alarms : alarm.dimensions.CacheClusterId]) == toset(["shop-test-001", "shop-test-002"])
    error_message = "A node is not watched."
  }
}

run "cluster" {
  command = plan

  module {
    source = "./modules/cluster"
  }

  variables {
    kubernetes_version  = "1.36"
    api_cidrs           = []
    admins              = ["arn:aws:iam::111111111111:role/administrator"]
    deletion_protection = true
  }

  assert {
    condition     = !aws_eks_cluster.this.vpc_config[0].endpoint_public_access
    error_message = "The API server is reachable from the internet."
  }

  assert {
    condition     = aws_eks_cluster.this.deletion_protection && !aws_eks_cluster.this.access_config[0].bootstrap_cluster_creator_admin_permissions
    error_message = "The cluster can be deleted, or its creator keeps access."
  }

  assert {
    condition     = aws_eks_access_policy_association.ci.access_scope[0].type == "namespace" && aws_eks_access_policy_association.ci.access_scope[0].namespaces == toset(["shop"])
    error_message = "Pipelines have access to other namespaces."
  }

  assert {
    condition     = strcontains(output.manifests, "172.20.0.10/32") && strcontains(output.manifests, "10.1.0.0/16")
    error_message = "Pods can't resolve names, or load balancers can't reach them."
  }
}

run "cluster_with_public_api" {
  command = plan

  module {
    source = "./modules/cluster"
  }

  variables {
    kubernetes_version  = "1.36"
    api_cidrs           = ["192.0.2.0/24"]
    admins              = []
    deletion_protection = false
  }

  assert {
    condition     = aws_eks_cluster.this.vpc_config[0].public_access_cidrs == toset(["192.0.2.0/24"])
    error_message = "Other addresses can reach the API server."
  }
}

run "identity" {
  module {
    source = "./modules/identity"
  }

  variables {
    oidc            = { provider_arn = "arn:aws:iam::111111111111:oidc-provider/oidc.example.com", issuer = "oidc.example.com" }
    service_account = "shop"
    secrets_account = "shop-secrets"
    secret_store    = { name = "test", prefix = "test/" }
  }

  assert {
    condition     = output.service_account_annotations["eks.amazonaws.com/role-arn"] == aws_iam_role.service.arn
    error_message = "Pods get another role."
  }

  assert {
    condition     = strcontains(output.manifests, "shop-secrets") && strcontains(output.manifests, aws_iam_role.secrets.arn)
    error_message = "External Secrets gets another role."
  }
}
