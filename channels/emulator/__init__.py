"""A local fake WhatsApp Cloud API and Telegram Bot API with a phone page, for demos, tests and flow authors.

It speaks the providers' wire formats over HTTP, so that pywa and aiogram run against it unchanged, and knows
nothing of the rest of Hilo. All of its state is in memory (`world.World`).
"""

from channels.emulator.app import create_emulator
from channels.emulator.client import EmulatorClient
from channels.emulator.server import EmulatorServer
from channels.emulator.world import World

__all__ = ["EmulatorClient", "EmulatorServer", "World", "create_emulator"]
