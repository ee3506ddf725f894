"""The container image and the Compose file."""
