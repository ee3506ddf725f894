"""The Kubernetes manifests on a real API server."""
