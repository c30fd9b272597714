"""When somebody means: days, hours and ranges as people type them.

Always holds: nothing here reads a clock or raises on a text; a value that could as well be another carries it among
its alternatives.
"""

from bot.understanding.when.understand import understand_when
from bot.understanding.when.value import Reading, When, WhenContext, iso

__all__ = ["Reading", "When", "WhenContext", "iso", "understand_when"]
