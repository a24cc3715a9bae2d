"""What alarm services send, read into one value."""
