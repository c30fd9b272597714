"""Organizations: the tenant, its licence, its people and their roles, its opening hours and holidays.

Always holds: a member belongs to one organization and one login; a login may have several memberships; roles decide
through one table (`permissions`); hours are wall time in the organization's zone.
"""
