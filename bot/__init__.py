"""How a conversation runs: the flow language, the pure step, understanding of answers, the turn."""
