"""How delivery is going: events come in, numbers that can be explained come out."""
