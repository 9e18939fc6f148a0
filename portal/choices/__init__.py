"""Ways to have a request done, offered to the customer, who picks one."""
