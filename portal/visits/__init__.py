"""Somebody comes by: when, who, and what they bring."""
