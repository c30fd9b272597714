"""The staff API: everything under /api. Each file holds the endpoints of one thing."""
