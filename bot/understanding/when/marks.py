"""The shape of a language's vocabulary: mark → value → words or phrases, separated by commas."""

from typing import Any

Words = dict[str, dict[Any, str]]
