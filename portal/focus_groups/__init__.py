"""Focus groups: a few people around a table, what they found, and never who said it."""
