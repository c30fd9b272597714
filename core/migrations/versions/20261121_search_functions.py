"""extensions, and the text functions that indexes use"""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    for extension in ("btree_gist", "pg_trgm", "unaccent"):
        op.execute(f"CREATE EXTENSION IF NOT EXISTS {extension} WITH SCHEMA public")
    op.execute(
        """
        CREATE FUNCTION hilo_fold(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
        AS $$ SELECT lower(public.unaccent('public.unaccent'::regdictionary, $1)) $$
        """
    )
    op.execute(
        """
        CREATE FUNCTION hilo_search(text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
        AS $$ SELECT to_tsvector('pg_catalog.simple'::regconfig, public.hilo_fold($1)) $$
        """
    )


def downgrade() -> None:
    raise RuntimeError("Migrations only go forward: restore a backup instead.")
