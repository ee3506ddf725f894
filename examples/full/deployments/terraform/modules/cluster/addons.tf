# The autoscaler of the service needs the metrics of its pods.
resource "aws_eks_addon" "metrics_server" {
  cluster_name = aws_eks_cluster.this.name
  addon_name   = "metrics-server"
}

# Sends the logs of all containers, and the state of nodes and pods, to CloudWatch.
resource "aws_eks_addon" "cloudwatch" {
  cluster_name = aws_eks_cluster.this.name
  addon_name   = "amazon-cloudwatch-observability"

  pod_identity_association {
    service_account = "cloudwatch-agent"
    role_arn        = aws_iam_role.cloudwatch.arn
  }

  depends_on = [
    aws_cloudwatch_log_group.containers,
    aws_iam_role_policy_attachment.cloudwatch,
  ]
}

# The agent would create the groups without an end of the retention, and without the key.
resource "aws_cloudwatch_log_group" "containers" {
  for_each = toset(["application", "dataplane", "host", "performance"])

  name              = "/aws/containerinsights/${var.name}/${each.key}"
  retention_in_days = var.log_days
  kms_key_id        = var.key_arn
}

data "aws_iam_policy_document" "cloudwatch_trust" {
  statement {
    actions = ["sts:AssumeRole", "sts:TagSession"]

    principals {
      type        = "Service"
      identifiers = ["pods.eks.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "cloudwatch" {
  name               = "${var.name}-cloudwatch"
  assume_role_policy = data.aws_iam_policy_document.cloudwatch_trust.json
}

resource "aws_iam_role_policy_attachment" "cloudwatch" {
  role       = aws_iam_role.cloudwatch.name
  policy_arn = "${local.policies}/CloudWatchAgentServerPolicy"
}
