"""Mail that leaves: written in the transaction that causes it, delivered by the worker, never lost."""
