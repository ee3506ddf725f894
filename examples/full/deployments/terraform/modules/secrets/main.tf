# One secret per environment variable of the service.

resource "aws_secretsmanager_secret" "this" {
  #checkov:skip=CKV2_AWS_57:Values that are shared with a server are replaced by Terraform, together with the one in the server.
  for_each = setunion(var.names, var.generated)

  # DATABASE_URL: ...database-url.
  name       = "${var.prefix}${replace(lower(each.key), "_", "-")}"
  kms_key_id = var.key_arn

  # Without protection, an environment can be deleted and created again at once.
  recovery_window_in_days = var.deletion_protection ? 30 : 0
}

ephemeral "random_password" "generated" {
  for_each = var.generated

  # 62 different characters: more than 256 bits.
  length  = 48
  special = false
}

resource "aws_secretsmanager_secret_version" "generated" {
  for_each = var.generated

  secret_id                = aws_secretsmanager_secret.this[each.key].id
  secret_string_wo         = ephemeral.random_password.generated[each.key].result
  secret_string_wo_version = var.versions[each.key]
}
