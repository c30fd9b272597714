"""How staff work, and where the processes are put together."""
