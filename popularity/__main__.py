"""`python -m popularity`: the `popularity` command."""

from popularity.cli import app

app()
