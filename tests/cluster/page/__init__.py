"""The real page on kind, as people use it, in a browser."""
