"""Bringing in what another system knows, through a mapping file that says what its columns mean."""
