"""Child processes, and the tools that they need."""
