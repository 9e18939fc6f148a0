"""What is counted and shown to those who answer for the desk: the dashboard, the monthly report, its PDF."""
