"""Surveys: who is asked, one-tap answers, and results that give nobody away."""
