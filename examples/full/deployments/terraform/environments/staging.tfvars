# Staging: as production, but smaller, and an outage of a zone is acceptable.
environment = "staging"
account     = "" # the ID of the AWS account
region      = "us-east-2"

high_availability   = false
deletion_protection = false
log_days            = 30

domain   = "" # such as api.staging.example.com
dns_zone = "" # such as example.com

kubernetes_version   = "1.36"
kubernetes_api_cidrs = []
kubernetes_admins    = [] # such as "arn:aws:iam::111111111111:role/administrator"

backup_days         = 7
database_size       = "db.t4g.small"
database_storage_gb = 20

cache_size = "cache.t4g.micro"

alert_emails   = [] # at least one
monthly_budget = 400

ci_repository = "" # such as acme@1234/market-api@5678
