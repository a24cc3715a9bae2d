"""The database: nothing else opens a session."""
