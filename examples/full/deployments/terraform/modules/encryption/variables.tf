variable "name" {
  description = "The name of the key."
  type        = string
}
