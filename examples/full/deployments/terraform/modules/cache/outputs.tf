output "alarms" {
  description = "What to watch on each node."
  value = merge([for node in local.nodes : {
    "cache-memory-${node}" = {
      description = "The cache is nearly full, and evicts values that are still in use."
      namespace   = "AWS/ElastiCache"
      metric      = "DatabaseMemoryUsagePercentage"
      statistic   = "Maximum"
      threshold   = 90
      dimensions  = { CacheClusterId = node }
    }
    "cache-cpu-${node}" = {
      description = "The cache is overloaded."
      namespace   = "AWS/ElastiCache"
      metric      = "EngineCPUUtilization"
      statistic   = "Maximum"
      threshold   = 80
      dimensions  = { CacheClusterId = node }
    }
  }]...)
}
