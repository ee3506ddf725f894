"""Resources and their fields: what they may be, and how they are written."""
