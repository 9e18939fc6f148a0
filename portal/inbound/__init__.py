"""Mail that arrives: replies, new requests, and what comes back undelivered."""
