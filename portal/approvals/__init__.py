"""Saying yes: requests that somebody else has to agree to first."""
