"""One file a noun: who may do what."""
