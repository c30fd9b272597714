"""Contacts: the people an organization talks to, how each is reached, and what each allowed.

Always holds: an identity (kind, scope, value) belongs to one contact of an organization and its value is exactly what
the provider gave; contacts are never merged by a machine, only suggested, and a merge can be undone; consent is the
last event of its kind.
"""
