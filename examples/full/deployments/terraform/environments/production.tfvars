# Production: replicas in every zone, and protection from deletion.
environment = "production"
account     = "" # the ID of the AWS account
region      = "us-east-2"

high_availability   = true
deletion_protection = true
log_days            = 365

domain   = "" # such as api.example.com
dns_zone = "" # such as example.com

kubernetes_version   = "1.36"
kubernetes_api_cidrs = []
kubernetes_admins    = [] # such as "arn:aws:iam::111111111111:role/administrator"

backup_days         = 30
database_size       = "db.m7g.large"
database_storage_gb = 100

cache_size = "cache.t4g.medium"

alert_emails   = [] # at least one
monthly_budget = 1100

ci_repository = "" # such as acme@1234/market-api@5678
