"""How alerts leave this machine, a file a way."""
