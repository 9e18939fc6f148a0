"""From a page to a PDF, in a process of its own; used by the service report and by the paper of a request."""
