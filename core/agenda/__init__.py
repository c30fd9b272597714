"""When the organization's people, rooms and machines are free, and who has booked them.

Always holds: the function that lists starts is the one that validates them; a resource's lane is never booked twice,
which the database itself refuses; hours are wall time with a zone, instants are UTC.
"""
