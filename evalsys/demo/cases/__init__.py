"""Cases of the demo city, in every state of every kind."""
