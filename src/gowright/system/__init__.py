"""The machine: files, processes, signals, git and the template engine."""
