"""Pure: facts come in, changes and steps go out."""
