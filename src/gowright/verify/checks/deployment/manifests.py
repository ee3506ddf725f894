"""The Kubernetes manifests, rendered by their own tools."""
