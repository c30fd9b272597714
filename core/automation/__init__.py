"""What follows from what happens: automations, and programs elsewhere that are told.

Owns `event` (what happened, kept until everything that follows from it is done), automations with what they did, and
webhooks with what is to be sent to them. Events are written by PostgreSQL in the transaction of what happened, and only
those somebody listens to; what follows is done once, in the transaction that takes the event away.
"""
