"""Resources and their fields: the syntax and the rules."""
