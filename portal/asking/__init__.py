"""Asking: the form of a service, step by step, from the first word until it is sent, or changed afterwards."""
