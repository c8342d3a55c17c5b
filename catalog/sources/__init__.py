"""How each kind of source is read: a function from a target to files."""
