"""Improvements: what we heard, who mends it by when, whether it worked, and telling those who spoke."""
