"""Calls that the helpdesk owes after a request is resolved."""
