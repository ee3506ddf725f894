"""What maintainers run: each is `python -m scripts.NAME`."""
