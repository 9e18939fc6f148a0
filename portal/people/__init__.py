"""Accounts, roles, departments, customer segments, teams, sign-in and sessions."""
