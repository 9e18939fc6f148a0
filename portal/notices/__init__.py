"""Known incidents, planned maintenance and announcements, for those whom they concern."""
