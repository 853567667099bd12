"""Loss: the pages beside the health page: what became of every item, the quarantine, loading again, attributes."""
