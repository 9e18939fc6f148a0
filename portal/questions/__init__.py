"""Questions: their types, the form that asks them, and the answers as they were asked."""
