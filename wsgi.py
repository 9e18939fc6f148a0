"""The application as servers and the `flask` command find it."""

from portal import create_app

app = create_app()
