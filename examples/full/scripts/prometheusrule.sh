#!/usr/bin/env bash
# Prints the PrometheusRule with the rules in deployments/monitoring/rules.
set -euo pipefail
cd "$(dirname "$0")/../deployments"

sed '/^  groups:$/q' kubernetes/components/monitoring/prometheusrule.yaml
for file in monitoring/rules/*.yaml; do
  sed -e '1,/^groups:$/d' -e 's/^./  &/' "$file"
done
