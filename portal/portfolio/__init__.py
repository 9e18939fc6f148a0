"""Keeping the offer, and reviewing it: what each service brings and costs, and what was decided about it."""
