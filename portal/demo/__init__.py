"""A believable quarter in the life of a helpdesk, to look at and to try things out on."""
