"""One file a noun: from a request to the database and back."""
