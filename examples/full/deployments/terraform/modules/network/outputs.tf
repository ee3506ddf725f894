output "vpc_id" {
  description = "The network."
  value       = aws_vpc.this.id
}

output "cidr" {
  description = "The address range of the network."
  value       = aws_vpc.this.cidr_block
}

output "public_subnet_ids" {
  description = "The subnets for what has a public address."
  value       = [for subnet in aws_subnet.public : subnet.id]
}

output "private_subnet_ids" {
  description = "The subnets of the service."
  value       = [for subnet in aws_subnet.private : subnet.id]
}

output "data_subnet_ids" {
  description = "The subnets of the servers with data. They have no route to the internet."
  value       = [for subnet in aws_subnet.data : subnet.id]
}

output "data_cidrs" {
  description = "The addresses in these subnets."
  value       = values(local.data_cidrs)
}
