output "host" {
  description = "The address of the database, for operators."
  value       = aws_db_instance.this.address
}

output "alarms" {
  description = "What to watch."
  value = {
    database-cpu = {
      description = "The database is overloaded."
      namespace   = "AWS/RDS"
      metric      = "CPUUtilization"
      statistic   = "Average"
      threshold   = 80
      dimensions  = { DBInstanceIdentifier = aws_db_instance.this.identifier }
    }
    database-storage = {
      description = "The storage of the database is nearly full, and can't grow any more or not fast enough."
      namespace   = "AWS/RDS"
      metric      = "FreeStorageSpace"
      statistic   = "Minimum"
      comparison  = "LessThanThreshold"
      # A tenth of the initial storage, in bytes.
      threshold  = var.storage_gb * pow(1024, 3) / 10
      dimensions = { DBInstanceIdentifier = aws_db_instance.this.identifier }
    }
    database-memory = {
      description = "The database has little memory left."
      namespace   = "AWS/RDS"
      metric      = "FreeableMemory"
      statistic   = "Minimum"
      comparison  = "LessThanThreshold"
      # 64 MiB.
      threshold  = 64 * pow(1024, 2)
      dimensions = { DBInstanceIdentifier = aws_db_instance.this.identifier }
    }
  }
}
