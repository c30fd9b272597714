"""Tools for flow authors, on the same pure step as production."""
