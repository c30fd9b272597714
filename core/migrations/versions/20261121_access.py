"""roles, rights and row-level security"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Roles belong to the whole server, so another database of it may have made them already.
ROLES = """
DO $$
DECLARE wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['hilo_app', 'hilo_spine'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN NOBYPASSRLS', wanted);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
            END;
        END IF;
        EXECUTE format('GRANT %I TO CURRENT_USER', wanted);
    END LOOP;
END $$
"""

TENANT = "nullif(current_setting('hilo.organization_id', true), '')::bigint"

TENANT_TABLES = [
    "holiday",
    "member",
    "api_token",
    "audit_entry",
    "contact",
    "identity",
    "consent_event",
    "merge_suggestion",
    "lead_stage",
    "lead",
    "lead_event",
    "touch",
    "channel",
    "thread",
    "thread_channel",
    "episode",
    "message",
    "message_event",
    "attachment",
    "canned_response",
    "inbound",
    "pending_action",
    "outbox",
    "dead_letter",
]

SHARED_TABLES = ("login", "login_attempt")  # a login belongs to no organization

# What the spine's cross-tenant loops touch, and how far they may go.
SPINE_RIGHTS = {
    "organization": "SELECT",
    "holiday": "SELECT",
    "channel": "SELECT, UPDATE",
    "contact": "SELECT, INSERT, UPDATE",
    "identity": "SELECT, INSERT, UPDATE",
    "consent_event": "SELECT, INSERT",
    "merge_suggestion": "SELECT, INSERT",
    "touch": "SELECT, INSERT",
    "thread": "SELECT, INSERT, UPDATE",
    "thread_channel": "SELECT, INSERT, UPDATE",
    "episode": "SELECT, INSERT, UPDATE",
    "message": "SELECT, INSERT, UPDATE",
    "message_event": "SELECT, INSERT, UPDATE",
    "attachment": "SELECT, INSERT",
    "inbound": "SELECT, INSERT",
    "pending_action": "SELECT, INSERT, UPDATE",
    "outbox": "SELECT, INSERT, UPDATE",
    "dead_letter": "SELECT, INSERT, UPDATE",
    "flow_revision": "SELECT, INSERT",
}

APPEND_ONLY = ("audit_entry", "consent_event", "lead_event", "inbound", "message_event", "touch")

# Before anybody is known there is no tenant: these two answer exactly one question each, as the owner.
MEMBERSHIPS = """
CREATE FUNCTION hilo_memberships(login bigint)
RETURNS TABLE (organization_id bigint, organization_name text, member_id bigint, name text, role text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT o.id, o.name, m.id, m.name, m.role FROM member m JOIN organization o ON o.id = m.organization_id
    WHERE m.login_id = login AND m.active ORDER BY m.id
$$
"""
BEARER = """
CREATE FUNCTION hilo_token_bearer(hash bytea)
RETURNS TABLE (organization_id bigint, member_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT t.organization_id, t.member_id FROM api_token t JOIN member m ON m.id = t.member_id
    WHERE t.sha256 = hash AND t.revoked_at IS NULL AND m.active
$$
"""


def upgrade() -> None:
    op.execute(ROLES)
    op.execute("GRANT USAGE ON SCHEMA public TO hilo_app, hilo_spine")
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO hilo_app, hilo_spine")

    for table in TENANT_TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY tenant ON {table} TO hilo_app "
            f"USING (organization_id = {TENANT}) WITH CHECK (organization_id = {TENANT})"
        )
        rights = "SELECT, INSERT" if table in APPEND_ONLY else "SELECT, INSERT, UPDATE, DELETE"
        op.execute(f"GRANT {rights} ON {table} TO hilo_app")
    op.execute("GRANT UPDATE (message_id) ON message_event TO hilo_app")
    op.execute("GRANT UPDATE (contact_id, message_id) ON touch TO hilo_app")
    op.execute("GRANT UPDATE (contact_id) ON consent_event TO hilo_app")
    op.execute("GRANT UPDATE (thread_id) ON inbound TO hilo_app")

    op.execute("ALTER TABLE organization ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenant ON organization TO hilo_app USING (id = {TENANT}) WITH CHECK (id = {TENANT})")
    op.execute("GRANT SELECT, UPDATE ON organization TO hilo_app")
    for table in SHARED_TABLES:
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO hilo_app")
    op.execute("GRANT SELECT ON flow_revision TO hilo_app")
    op.execute("GRANT SELECT ON alembic_version TO hilo_app, hilo_spine")

    for table, rights in SPINE_RIGHTS.items():
        if table != "flow_revision":
            op.execute(f"CREATE POLICY spine ON {table} TO hilo_spine USING (true) WITH CHECK (true)")
        op.execute(f"GRANT {rights} ON {table} TO hilo_spine")

    for function in (MEMBERSHIPS, BEARER):
        op.execute(function)
    for signature in ("hilo_memberships(bigint)", "hilo_token_bearer(bytea)"):
        op.execute(f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {signature} TO hilo_app")


def downgrade() -> None:
    raise RuntimeError("Migrations only go forward: restore a backup instead.")
