"""The system: files, processes, signals, git, and the template engine."""
