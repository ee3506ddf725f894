# A cluster in EKS Auto Mode: AWS creates, patches, and replaces the nodes, and runs the network, storage, and load balancer
# controllers.

data "aws_partition" "current" {}

locals {
  policies = "arn:${data.aws_partition.current.partition}:iam::aws:policy"

  # The addresses of services, which exist only inside the cluster. The tenth is the one of DNS.
  service_cidr = "172.20.0.0/16"
}

resource "aws_eks_cluster" "this" {
  #checkov:skip=CKV_AWS_39:Only the addresses in kubernetes_api_cidrs can reach the API server from outside the network. Without any, its endpoint is private.

  name     = var.name
  version  = var.kubernetes_version
  role_arn = aws_iam_role.cluster.arn

  deletion_protection       = var.deletion_protection
  enabled_cluster_log_types = ["api", "audit", "authenticator", "controllerManager", "scheduler"]

  # Auto Mode brings its own.
  bootstrap_self_managed_addons = false

  # Permissions come from access entries only. Who created the cluster has no lasting access.
  access_config {
    authentication_mode                         = "API"
    bootstrap_cluster_creator_admin_permissions = false
  }

  vpc_config {
    subnet_ids              = var.private_subnet_ids
    endpoint_private_access = true
    endpoint_public_access  = length(var.api_cidrs) > 0
    public_access_cidrs     = length(var.api_cidrs) > 0 ? var.api_cidrs : null
  }

  compute_config {
    enabled       = true
    node_pools    = ["system", "general-purpose"]
    node_role_arn = aws_iam_role.node.arn
  }

  kubernetes_network_config {
    service_ipv4_cidr = local.service_cidr

    elastic_load_balancing {
      enabled = true
    }
  }

  storage_config {
    block_storage {
      enabled = true
    }
  }

  encryption_config {
    resources = ["secrets"]

    provider {
      key_arn = var.key_arn
    }
  }

  # The price of the control plane multiplies at the end of the standard support. An upgrade then starts automatically instead.
  upgrade_policy {
    support_type = "STANDARD"
  }

  # AWS can move traffic away from a zone that has problems.
  zonal_shift_config {
    enabled = true
  }

  depends_on = [
    aws_cloudwatch_log_group.control_plane,
    aws_iam_role_policy_attachment.cluster,
    aws_iam_role_policy_attachment.node,
  ]
}

# EKS would create the group without an end of the retention, and without the key.
resource "aws_cloudwatch_log_group" "control_plane" {
  name              = "/aws/eks/${var.name}/cluster"
  retention_in_days = var.log_days
  kms_key_id        = var.key_arn
}

# Tokens of service accounts can be exchanged for roles.
resource "aws_iam_openid_connect_provider" "this" {
  url            = aws_eks_cluster.this.identity[0].oidc[0].issuer
  client_id_list = ["sts.amazonaws.com"]

  tags = { Name = var.name }
}
