"""The pipelines of continuous integration."""
