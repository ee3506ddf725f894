output "service_account_annotations" {
  description = "The annotations of the service account of the service."
  value       = { "eks.amazonaws.com/role-arn" = aws_iam_role.service.arn }
}

output "manifests" {
  description = "The secret store of the cluster, and the service account with which it is read."
  value = join("---\n", [
    yamlencode({
      apiVersion = "v1"
      kind       = "ServiceAccount"
      metadata = {
        name        = var.secrets_account
        namespace   = var.namespace
        annotations = { "eks.amazonaws.com/role-arn" = aws_iam_role.secrets.arn }
      }
    }),

    yamlencode({
      apiVersion = "external-secrets.io/v1"
      kind       = "ClusterSecretStore"
      metadata   = { name = var.secret_store.name }
      spec = {
        conditions = [{ namespaces = [var.namespace] }]
        provider = {
          aws = {
            service = "SecretsManager"
            region  = data.aws_region.current.region
            prefix  = var.secret_store.prefix
            auth = {
              jwt = {
                serviceAccountRef = { name = var.secrets_account, namespace = var.namespace }
              }
            }
          }
        }
      }
    }),
  ])
}
