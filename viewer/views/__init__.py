"""One view, one file: what it shows is asked of the store by name."""
