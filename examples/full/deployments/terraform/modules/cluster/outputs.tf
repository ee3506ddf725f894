output "name" {
  description = "The name of the cluster."
  value       = aws_eks_cluster.this.name
}

output "arn" {
  description = "The ARN of the cluster."
  value       = aws_eks_cluster.this.arn
}

output "kubeconfig_command" {
  description = "The command that adds the cluster to the configuration of kubectl."
  value       = "aws eks update-kubeconfig --region ${var.region} --name ${aws_eks_cluster.this.name}"
}

output "security_group_id" {
  description = "The security group of the nodes and their pods."
  value       = aws_eks_cluster.this.vpc_config[0].cluster_security_group_id
}

output "oidc" {
  description = "Who issues the tokens of service accounts: the ARN of the provider in IAM, and the issuer without https://."
  value = {
    provider_arn = aws_iam_openid_connect_provider.this.arn
    issuer       = trimprefix(aws_eks_cluster.this.identity[0].oidc[0].issuer, "https://")
  }
}

output "alarms" {
  description = "What to watch."
  value = {
    cluster-nodes = {
      description = "A node of the cluster has failed."
      namespace   = "ContainerInsights"
      metric      = "cluster_failed_node_count"
      statistic   = "Maximum"
      threshold   = 0
      dimensions  = { ClusterName = aws_eks_cluster.this.name }
    }
    service-pods = {
      description = "No pod of the service runs."
      namespace   = "ContainerInsights"
      metric      = "namespace_number_of_running_pods"
      statistic   = "Minimum"
      comparison  = "LessThanThreshold"
      threshold   = 1
      dimensions = {
        ClusterName = aws_eks_cluster.this.name
        Namespace   = var.namespace
      }
    }
  }
}

output "manifests" {
  description = "What the cluster needs before the service."
  value = join("---\n", [
    yamlencode({
      apiVersion = "v1"
      kind       = "Namespace"
      metadata   = { name = var.namespace }
    }),

    # Without it, network policies have no effect.
    yamlencode({
      apiVersion = "v1"
      kind       = "ConfigMap"
      metadata   = { name = "amazon-vpc-cni", namespace = "kube-system" }
      data       = { enable-network-policy-controller = "true" }
    }),

    # In Auto Mode, nodes resolve names, and load balancers connect to pods. The policies of other clusters allow only pods.
    yamlencode({
      apiVersion = "networking.k8s.io/v1"
      kind       = "NetworkPolicy"
      metadata   = { name = "auto-mode", namespace = var.namespace }
      spec = {
        podSelector = {}
        policyTypes = ["Egress", "Ingress"]
        egress = [{
          to    = [{ ipBlock = { cidr = "${cidrhost(local.service_cidr, 10)}/32" } }]
          ports = [{ protocol = "UDP", port = 53 }, { protocol = "TCP", port = 53 }]
        }]
        ingress = [{
          from  = [for cidr in var.load_balancer_cidrs : { ipBlock = { cidr = cidr } }]
          ports = [{ protocol = "TCP", port = 8080 }]
        }]
      }
    }),
  ])
}
