"""The kit that every room is built with."""
