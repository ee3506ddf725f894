"""The history of the database schema, and the changes that a command adds to it."""
