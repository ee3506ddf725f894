# Valkey, which speaks the protocol of Redis. It stores only what the service can load again, so there are no backups.

locals {
  node_count = var.high_availability ? 2 : 1

  # ElastiCache names the nodes of a group so.
  nodes = [for i in range(local.node_count) : format("%s-%03d", var.name, i + 1)]
}

ephemeral "random_password" "this" {
  length  = 64
  special = false
}

resource "aws_elasticache_subnet_group" "this" {
  name       = var.name
  subnet_ids = var.data_subnet_ids
}

resource "aws_security_group" "this" {
  name_prefix = "${var.name}-cache-"
  description = "The cache of ${var.name}"
  vpc_id      = var.vpc_id

  tags = { Name = "${var.name}-cache" }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "service" {
  security_group_id            = aws_security_group.this.id
  description                  = "The service"
  referenced_security_group_id = var.client_security_group_id
  ip_protocol                  = "tcp"
  from_port                    = 6379
  to_port                      = 6379
}

resource "aws_cloudwatch_log_group" "slow" {
  name              = "/elasticache/${var.name}/slow-log"
  retention_in_days = var.log_days
  kms_key_id        = var.key_arn
}

resource "aws_elasticache_replication_group" "this" {
  #checkov:skip=CKV_AWS_31:The token is a write-only argument, which the check doesn't know.
  #checkov:skip=CKV_AWS_134:A cache needs no backups.

  replication_group_id = var.name
  description          = "The cache of ${var.name}"

  engine         = "valkey"
  engine_version = "8.2"
  node_type      = var.size
  port           = 6379

  num_cache_clusters         = local.node_count
  automatic_failover_enabled = var.high_availability
  multi_az_enabled           = var.high_availability

  subnet_group_name  = aws_elasticache_subnet_group.this.name
  security_group_ids = [aws_security_group.this.id]

  at_rest_encryption_enabled = true
  kms_key_id                 = var.key_arn
  transit_encryption_enabled = true
  transit_encryption_mode    = "required"

  # While a new password replaces the old one, both are valid.
  auth_token_wo              = ephemeral.random_password.this.result
  auth_token_wo_version      = var.password_version
  auth_token_update_strategy = "ROTATE"

  auto_minor_version_upgrade = true
  apply_immediately          = !var.deletion_protection
  maintenance_window         = "sun:03:00-sun:04:00"

  log_delivery_configuration {
    destination      = aws_cloudwatch_log_group.slow.name
    destination_type = "cloudwatch-logs"
    log_format       = "json"
    log_type         = "slow-log"
  }
}

resource "aws_secretsmanager_secret_version" "url" {
  secret_id                = var.secret_arn
  secret_string_wo         = "rediss://:${ephemeral.random_password.this.result}@${aws_elasticache_replication_group.this.primary_endpoint_address}:6379/0"
  secret_string_wo_version = var.password_version
}
