"""The engine: one loop that carries out what was asked for."""
