"""Leads: a contact's sales opportunity, its stage, score and owner, and the touches that brought it.

Always holds: at most one open lead per contact; every change of stage is an event; a touch is kept whole.
"""
