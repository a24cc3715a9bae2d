"""What a member of a cluster is."""
