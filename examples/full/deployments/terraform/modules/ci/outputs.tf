output "role_arn" {
  description = "The role of pipelines."
  value       = aws_iam_role.this.arn
}

output "variables" {
  description = "The variables that pipelines need."
  value = {
    AWS_ROLE_ARN = aws_iam_role.this.arn
    AWS_REGION   = var.region
    REGISTRY     = var.registry_url
    CLUSTER      = var.cluster_name
  }
}
