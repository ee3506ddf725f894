"""Child processes, and what they need."""
