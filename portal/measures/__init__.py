"""The sums: pure functions of their arguments.

Nothing here knows of Flask, of a database or of the time of day; a moment that matters is an argument.
Any room may import these modules, and they import only the standard library.
"""
