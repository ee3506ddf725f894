"""Scripts for maintainers. Run them with `python -m scripts.NAME`."""
