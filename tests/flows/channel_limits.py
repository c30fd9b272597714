"""What the two channels can show, for linting packs; the channels declare their own."""

from core.threads.outbound import Limits

WHATSAPP = Limits("whatsapp", 4096, 1024, 1024, 3, 20, 10, 24, 72, 20, 200, 24)
TELEGRAM = Limits("telegram", 4096, 1024, 4096, 100, 60, 0, 0, 0, 0, 64, 0)
