"""The revisions, in the order of their numbers; none changes once out."""
