"""Keeping the offer: services from draft to retirement, and the review of what they are worth."""
