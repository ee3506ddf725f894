output "registry" {
  description = "The repository of the images of this environment."
  value       = module.registry.url
}

output "secret_names" {
  description = "The secrets of the service by the environment variable that gets the value."
  value       = module.secrets.names
}

output "cluster" {
  description = "The name of the cluster."
  value       = module.cluster.name
}

output "kubeconfig_command" {
  description = "The command that adds the cluster to the configuration of kubectl."
  value       = module.cluster.kubeconfig_command
}

output "cluster_manifests" {
  description = "What a new cluster needs before the service: pipe it to `kubectl apply -f -`."
  value       = join("---\n", [module.cluster.manifests, module.identity.manifests])
}

output "service_account_annotations" {
  description = "The annotations that give the pods of the service their identity in the cloud. Only pods that call the cloud need it."
  value       = module.identity.service_account_annotations
}

output "data_cidrs" {
  description = "The addresses of the servers with data, for network policies."
  value       = module.network.data_cidrs
}

output "ci_variables" {
  description = "The variables that the environment needs in GitHub Actions. None of them is a secret."
  value       = module.ci.variables
}
