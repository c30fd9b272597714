"""Finding people and what was said, whatever the accents and the typos.

Row-level security keeps PostgreSQL from using a text index for `hilo_app` (the operators are not leakproof), so the
candidates are found as `hilo_spine` with the organization named in every condition; only ids leave, and the caller
reads those rows again as `hilo_app`, where a row of another organization cannot be seen.
"""

import re
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

CONTACTS = 300
LOOKED_AT = 2000
"""Names that are like the words, of which the likest are shown."""
THREADS = 300
LIKENESS = 0.45
"""Share of the query's trigrams a name must have: lets one or two wrong letters through in a name of six."""
RECENT_THREADS = 400
RECENT_MESSAGES = 25
MAX_WORDS = 8


@dataclass(frozen=True, slots=True)
class Candidates:
    """Ids, best first; to be read again under row-level security."""

    contacts: tuple[int, ...]
    threads: tuple[int, ...]


BY_NAME = """
SELECT c.id FROM contact c
WHERE c.organization_id = :organization AND c.merged_into_id IS NULL{words}
ORDER BY c.id DESC LIMIT :limit
"""

BY_NAME_WITH_TYPOS = """
SELECT id FROM (
    SELECT c.id, hilo_fold(c.name) AS name FROM contact c
    WHERE c.organization_id = :organization AND c.merged_into_id IS NULL AND hilo_fold(:words) <% hilo_fold(c.name)
    LIMIT :looked_at
) like_it
ORDER BY word_similarity(hilo_fold(:words), name) DESC, id DESC LIMIT :limit
"""

BY_ADDRESS = """
SELECT i.contact_id FROM identity i
WHERE i.organization_id = :organization
  AND (lower(i.username) = :handle OR (:digits <> '' AND i.value LIKE '%' || :digits || '%'))
UNION
SELECT c.id FROM contact c
WHERE c.organization_id = :organization AND c.merged_into_id IS NULL
  AND ((:digits <> '' AND c.phone LIKE '%' || :digits || '%') OR lower(c.email) LIKE :mail)
LIMIT :limit
"""

# What people said, as the index has it (`core.threads.model`): the bot's prompts are the same in every thread.
BY_TEXT = """
SELECT m.thread_id FROM message m
WHERE m.organization_id = :organization AND m.author IN ('contact', 'member', 'phone')
  AND hilo_search(m.text) @@ to_tsquery('simple', hilo_fold(:query))
GROUP BY m.thread_id ORDER BY max(m.id) DESC LIMIT :limit
"""

BY_TEXT_WITH_TYPOS = """
SELECT DISTINCT t.id FROM (
    SELECT l.id FROM unnest(ARRAY['bot', 'open', 'waiting', 'snoozed', 'resolved']) s(state)
    CROSS JOIN LATERAL (
        SELECT id, last_at FROM thread WHERE organization_id = :organization AND state = s.state
        ORDER BY last_at DESC LIMIT :recent
    ) l
    ORDER BY l.last_at DESC LIMIT :recent
) t
CROSS JOIN LATERAL (
    SELECT text FROM message WHERE thread_id = t.id AND author IN ('contact', 'member', 'phone')
    ORDER BY seq DESC LIMIT :messages
) m
WHERE word_similarity(hilo_fold(:words), hilo_fold(m.text)) >= :likeness LIMIT :limit
"""


async def find_candidates(spine: AsyncEngine, organization_id: int, query: str, *, messages: bool = True) -> Candidates:
    """Contacts whose name, phone, e-mail or user name is like the query, and threads in which people said its words.

    Every word must be somewhere in a name, or begin a word of a message. Only when nothing does are typos looked for,
    in messages only in the latest: there is no index for that, and this bounds its cost. `spine` as `hilo_spine`.
    """
    words = " ".join(re.findall(r"\w+", query)[:MAX_WORDS])
    digits = "".join(re.findall(r"\d", query))
    given = {
        "organization": organization_id,
        "words": words,
        "handle": query.strip().removeprefix("@").lower(),
        "digits": digits if len(digits) >= 4 else "",
        "mail": f"{_escaped(query.strip().lower())}%",
        "likeness": LIKENESS,
    }
    async with AsyncSession(spine) as session:
        await session.execute(
            text("SELECT set_config('pg_trgm.word_similarity_threshold', :likeness, true)"), {"likeness": str(LIKENESS)}
        )
        contacts: list[int] = []
        if words:
            each = {f"word{n}": f"%{_escaped(one)}%" for n, one in enumerate((await _folded(session, words)).split())}
            named = "".join(f" AND hilo_fold(c.name) LIKE :{name}" for name in each)  # one by one: each by the index
            contacts += await session.scalars(text(BY_NAME.format(words=named)), {**given, **each, "limit": CONTACTS})
        if words and not contacts:
            near = {**given, "looked_at": LOOKED_AT, "limit": CONTACTS}
            contacts += await session.scalars(text(BY_NAME_WITH_TYPOS), near)
        contacts += await session.scalars(text(BY_ADDRESS), {**given, "limit": CONTACTS})
        threads: list[int] = []
        if messages and words:
            prefixes = " & ".join(f"{word}:*" for word in words.split())
            threads += await session.scalars(text(BY_TEXT), {**given, "query": prefixes, "limit": THREADS})
            if not threads and not contacts and len(words) >= 4:
                typos = {**given, "recent": RECENT_THREADS, "messages": RECENT_MESSAGES, "limit": THREADS}
                threads += await session.scalars(text(BY_TEXT_WITH_TYPOS), typos)
    return Candidates(tuple(dict.fromkeys(contacts)), tuple(dict.fromkeys(threads)))


async def _folded(session: AsyncSession, words: str) -> str:
    found = await session.scalar(text("SELECT hilo_fold(:words)"), {"words": words})
    return str(found)


def _escaped(like: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", like)
