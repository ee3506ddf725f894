output "names" {
  description = "The names of the secrets by variable."
  value       = { for variable, secret in aws_secretsmanager_secret.this : variable => secret.name }
}

output "arns" {
  description = "The ARNs of the secrets by variable."
  value       = { for variable, secret in aws_secretsmanager_secret.this : variable => secret.arn }
}
