"""The labels of an organization: words its threads bear, each with a colour. Takes a session, never commits.

Who labels a thread shares a lock that who renames takes alone: no thread keeps a word that was renamed meanwhile.
"""

from collections.abc import Sequence
from typing import Literal

from sqlalchemy import ColumnElement, case, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import Missing, Refused
from core.threads.model import Label, Thread

Colour = Literal["gray", "green", "blue", "orange", "purple", "yellow", "sky"]
MOST = 500
"""Labels a list shows."""
_LOCK = "SELECT pg_advisory_xact_lock{shared}(hashtextextended('labels', :id))"
_WRITTEN = """
SELECT word, label.name FROM unnest(CAST(:words AS text[])) AS word
JOIN label ON label.organization_id = :id AND hilo_fold(label.name) = hilo_fold(word)
"""


async def labels_of(session: AsyncSession, organization_id: int) -> Sequence[Label]:
    """By name."""
    found = select(Label).where(Label.organization_id == organization_id).order_by(func.hilo_fold(Label.name))
    return list(await session.scalars(found.limit(MOST)))


async def labels_with_threads(session: AsyncSession, organization_id: int) -> Sequence[tuple[Label, int]]:
    """By name, each with how many threads bear it; one pass over the organization's threads."""
    word = func.unnest(Thread.labels).label("word")
    borne = select(word).where(Thread.organization_id == organization_id).subquery()
    counted = select(borne.c.word, func.count().label("threads")).group_by(borne.c.word).subquery()
    rows = await session.execute(
        select(Label, func.coalesce(counted.c.threads, 0))
        .outerjoin(counted, counted.c.word == Label.name)
        .where(Label.organization_id == organization_id)
        .order_by(func.hilo_fold(Label.name))
        .limit(MOST)
    )
    return [(label, threads) for label, threads in rows]


async def learn(session: AsyncSession, organization_id: int, words: Sequence[str]) -> list[str]:
    """These words as the organization writes them, each once; those nobody used before become labels."""
    if not words:
        return []
    await session.execute(text(_LOCK.format(shared="_shared")), {"id": organization_id})
    rows = [{"organization_id": organization_id, "name": word} for word in sorted(set(words))]
    await session.execute(insert(Label).on_conflict_do_nothing(), rows)
    found = await session.execute(text(_WRITTEN), {"words": list(words), "id": organization_id})
    written = {row.word: row.name for row in found}
    return list(dict.fromkeys(written[word] for word in words))


async def add_label(session: AsyncSession, organization_id: int, name: str, colour: Colour) -> Label:
    """Raises Refused for a name that is taken."""
    await _alone(session, organization_id)
    await _refuse_taken(session, organization_id, name)
    label = Label(organization_id=organization_id, name=name, colour=colour)
    session.add(label)
    await session.flush()
    return label


async def find_label(session: AsyncSession, organization_id: int, label_id: int) -> Label:
    """The label, while nobody else changes any; raises Missing."""
    await _alone(session, organization_id)
    label = await session.get(Label, label_id, populate_existing=True)
    if label is None:
        raise Missing("label")
    return label


async def rename_label(session: AsyncSession, label: Label, name: str) -> None:
    """Everywhere. Raises Refused when another label is called so: merge them instead."""
    await _refuse_taken(session, label.organization_id, name, label.id)
    await _replace(session, label, name)
    label.name = name
    await session.flush()


async def merge_label(session: AsyncSession, label: Label, into: Label) -> None:
    """Whatever bears the one bears the other; the one is gone. Raises Refused for one and the same."""
    if label.id == into.id:
        raise Refused("same_label", "Es la misma etiqueta: elige otra.")
    await _replace(session, label, into.name)
    await session.delete(label)
    await session.flush()


async def remove_label(session: AsyncSession, label: Label) -> None:
    """From every thread, and from the list."""
    await _everywhere(session, label, func.array_remove(Thread.labels, label.name))
    await session.delete(label)
    await session.flush()


async def _replace(session: AsyncSession, label: Label, name: str) -> None:
    both = Thread.labels.contains([name])
    once = func.array_remove(Thread.labels, label.name)
    await _everywhere(session, label, case((both, once), else_=func.array_replace(Thread.labels, label.name, name)))


async def _everywhere(session: AsyncSession, label: Label, labels: ColumnElement[list[str]]) -> None:
    bear = Thread.organization_id == label.organization_id, Thread.labels.contains([label.name])
    statement = update(Thread).where(*bear).values(labels=labels)
    await session.execute(statement.execution_options(synchronize_session=False))


async def _alone(session: AsyncSession, organization_id: int) -> None:
    await session.execute(text(_LOCK.format(shared="")), {"id": organization_id})


async def _refuse_taken(session: AsyncSession, organization_id: int, name: str, label_id: int | None = None) -> None:
    taken = await session.scalar(
        select(Label.name).where(
            Label.organization_id == organization_id,
            func.hilo_fold(Label.name) == func.hilo_fold(name),
            Label.id.is_distinct_from(label_id),
        )
    )
    if taken is not None:
        raise Refused("label_taken", f"Ya hay una etiqueta «{taken}»: únelas si son lo mismo.")
