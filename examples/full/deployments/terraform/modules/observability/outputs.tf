output "topic_arn" {
  description = "The topic of all alarms, for other subscribers, such as an incident management system."
  value       = aws_sns_topic.alarms.arn
}
