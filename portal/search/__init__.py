"""One index of what can be found, who may see it and where it leads; and one page over it."""
