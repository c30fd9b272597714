"""The settings: a page for each matter, all in one frame. Everything written goes through the API."""
