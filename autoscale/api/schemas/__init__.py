"""One file a noun: what is accepted, and what is shown."""
