"""How the world reaches a thread. A channel knows core, never the bot, never another channel."""
