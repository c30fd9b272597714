"""Notices on the staff's own devices: which devices, and for whom what happened is news."""
