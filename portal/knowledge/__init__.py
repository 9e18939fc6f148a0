"""Articles that solve it without asking."""
