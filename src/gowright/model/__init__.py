"""What there is to know: the template, its features, a project and its answers."""
