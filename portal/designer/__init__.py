"""The form designer: questions are drafted, tried and published here."""
