"""How the API and the engine meet: a topic and two small calls."""
