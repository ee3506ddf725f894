# `tflint --init` downloads the plugins.

config {
  call_module_type = "local"
}

plugin "terraform" {
  enabled = true
  preset  = "all"
}

plugin "aws" {
  enabled = true
  source  = "github.com/terraform-linters/tflint-ruleset-aws"
  version = "0.48.0"
}

# main.tf of the root is the composition of the modules, and a module names its files after what they contain.
rule "terraform_standard_module_structure" {
  enabled = false
}
