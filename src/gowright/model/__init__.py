"""The model: the template, its features, and projects with their answers."""
