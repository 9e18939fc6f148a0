"""What the helpdesk offers, to whom, during which hours and with which promise."""
