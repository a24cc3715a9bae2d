"""How a lifecycle message leaves us."""
