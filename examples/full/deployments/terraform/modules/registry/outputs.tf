output "url" {
  description = "The repository, as image references start with it."
  value       = aws_ecr_repository.this.repository_url
}

output "arn" {
  description = "The ARN of the repository."
  value       = aws_ecr_repository.this.arn
}
