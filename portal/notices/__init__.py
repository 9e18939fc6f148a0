"""Notices: known incidents, planned maintenance and announcements, told to those whom they concern."""
