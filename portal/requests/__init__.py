"""Requests: asked, followed, answered, resolved, and the promise that goes with each."""
