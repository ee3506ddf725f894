#!/usr/bin/env bash
# Deploys an image to an environment, or shows what that would change:
#
#     scripts/deploy-manifests.sh deploy|diff ENVIRONMENT IMAGE
#
# It migrates the database, updates the service, and waits until the service is
# ready. If the migration fails, the service stays as it is.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() {
  echo "deploy: $*" >&2
  exit 1
}

action=$1
environment=$2
image=$3
overlay=deployments/kubernetes/overlays/$environment
read -ra kustomize <<<"${KUSTOMIZE:-kustomize}"

[ -d "$overlay" ] || fail "unknown environment \"$environment\": set ENV to a folder in deployments/kubernetes/overlays"
case $image in
  *@sha256:*) ;;
  *) fail "\"$image\" has no digest: set IMAGE to an image such as registry.example.com/shop-api@sha256:..." ;;
esac

# Change the image in a copy, so that the working tree stays clean.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -R deployments "$work"
(cd "$work/$overlay" && "${kustomize[@]}" edit set image "shop-api=$image")
"${kustomize[@]}" build "$work/$overlay" >"$work/manifests.yaml"

if [ "$action" = diff ]; then
  # The exit code 1 means that there are differences. The Job of a migration can't be compared,
  # because the API server refuses any change of it.
  kubectl diff --server-side --force-conflicts --filename="$work/manifests.yaml" \
    --selector='app.kubernetes.io/component!=migration' || [ $? = 1 ]
  exit
fi

apply() {
  kubectl apply --server-side --force-conflicts --filename="$work/manifests.yaml" "$@"
}

namespace=$(sed -n 's/^namespace: *"\{0,1\}\([^"]*\)"\{0,1\}$/\1/p' "$overlay/kustomization.yaml")
job=job/shop-api-migration

wait_for_migration() {
  # The Job has a deadline of its own.
  until kubectl wait --namespace="$namespace" --for=condition=Complete --timeout=5s "$job" >/dev/null 2>&1; do
    if kubectl wait --namespace="$namespace" --for=condition=Failed --timeout=0s "$job" >/dev/null 2>&1; then
      kubectl logs --namespace="$namespace" --tail=50 "$job" || true
      fail "the migration failed, so the service was not updated"
    fi
    ((SECONDS < 3900)) || fail "the migration did not end"
  done
}

# A Job can't be changed, so replace the one of the previous deployment. The
# pods of the service change only after the migration.
kubectl delete --namespace="$namespace" --ignore-not-found "$job"
apply --selector='app.kubernetes.io/component!=server'
wait_for_migration
apply
kubectl rollout status --namespace="$namespace" --timeout=10m deployment/shop-api
