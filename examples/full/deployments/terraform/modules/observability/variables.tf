variable "name" {
  description = "The start of the names of all resources."
  type        = string
}

variable "alarms" {
  description = "What to watch. Either a statistic or a percentile, such as p99, of each minute is compared with the threshold."
  type = map(object({
    description = string
    namespace   = string
    metric      = string
    statistic   = optional(string)
    percentile  = optional(string)
    comparison  = optional(string, "GreaterThanThreshold")
    threshold   = number
    dimensions  = map(string)
  }))
}

variable "emails" {
  description = "Who is notified."
  type        = list(string)
}

variable "monthly_budget" {
  description = "The expected costs per month in US dollars."
  type        = number
}

variable "key_arn" {
  description = "The key that encrypts the notifications."
  type        = string
}
