# The roles of service accounts in the cluster.

data "aws_region" "current" {}

locals {
  subjects = {
    service = "system:serviceaccount:${var.namespace}:${var.service_account}"
    secrets = "system:serviceaccount:${var.namespace}:${var.secrets_account}"
  }
}

data "aws_iam_policy_document" "trust" {
  for_each = local.subjects

  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [var.oidc.provider_arn]
    }

    condition {
      test     = "StringEquals"
      variable = "${var.oidc.issuer}:aud"
      values   = ["sts.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "${var.oidc.issuer}:sub"
      values   = [each.value]
    }
  }
}

# The service calls nothing in AWS, so it has no permissions. Attach policies here if that changes.
resource "aws_iam_role" "service" {
  name               = "${var.name}-service"
  assume_role_policy = data.aws_iam_policy_document.trust["service"].json
}

# External Secrets copies the secrets of the service, and no others.
resource "aws_iam_role" "secrets" {
  name               = "${var.name}-secrets"
  assume_role_policy = data.aws_iam_policy_document.trust["secrets"].json
}

data "aws_iam_policy_document" "secrets" {
  statement {
    sid       = "ReadSecrets"
    actions   = ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"]
    resources = values(var.secret_arns)
  }

  statement {
    sid       = "DecryptSecrets"
    actions   = ["kms:Decrypt"]
    resources = [var.key_arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["secretsmanager.${data.aws_region.current.region}.amazonaws.com"]
    }
  }
}

resource "aws_iam_role_policy" "secrets" {
  name   = "read-secrets"
  role   = aws_iam_role.secrets.id
  policy = data.aws_iam_policy_document.secrets.json
}
