"""How answers are read: one file per kind, pure functions from a text to `Understood` or `Unclear`."""
