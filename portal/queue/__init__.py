"""The agents' side of requests: what is due first, and everything that is done with it."""
