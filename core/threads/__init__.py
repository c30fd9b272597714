"""Threads: the one endless conversation with a contact, and the two queues of the spine (inbound, outbox).

Always holds: one thread per contact; a message's status never goes back; an event's external id is stored once per
channel; at most one outbox row of a thread is being sent; a bot message of an older epoch is never sent.
"""
