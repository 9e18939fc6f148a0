"""The first page, and the pages about the helpdesk itself."""
