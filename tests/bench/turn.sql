WITH moved AS (
    UPDATE thread SET version = version + 1, last_seq = last_seq + 2, last_at = now(), last_text = 'sí',
        last_author = 'bot', due_at = now() + interval '20 minutes',
        timers = '[["4x.1", "2026-11-21T12 and the time"], ["4x.2", "2026-11-22T08 and the time"]]',
        session = '{"q": 9, "k": [{"f": "inicio", "r": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f0",
                    "s": "edad", "v": {"nombre": "Carolina", "servicio": "laser"}, "w": {"t": "9"}}]}'
    WHERE id = :thread
    RETURNING id, organization_id, channel_id, last_seq
), seen AS (
    INSERT INTO inbound (key, organization_id, thread_id, kind, event, state, at)
    SELECT gen_random_uuid()::text, organization_id, id, 'said',
           '{"content": {"kind": "text", "text": "34"}}', 'bot', now()
    FROM moved
), said AS (
    INSERT INTO message (organization_id, thread_id, seq, channel_id, direction, author, provider_id,
                         content, text, status, at)
    SELECT organization_id, id, last_seq - 1, channel_id, 'in', 'contact', gen_random_uuid()::text,
           '{"kind": "text", "text": "34"}'::jsonb, '34', NULL, now()
    FROM moved
    UNION ALL
    SELECT organization_id, id, last_seq, channel_id, 'out', 'bot', NULL,
           '{"kind": "text", "text": "¿Sería tu primera vez?"}', '¿Sería tu primera vez?', 'queued', now()
    FROM moved
    RETURNING id, thread_id, seq, direction
), queued AS (
    INSERT INTO outbox (organization_id, thread_id, seq, message_id, channel_id, epoch, due_at)
    SELECT moved.organization_id, moved.id, said.seq, said.id, moved.channel_id, 0, now()
    FROM moved JOIN said ON said.thread_id = moved.id AND said.direction = 'out'
), reach AS (
    INSERT INTO thread_channel (thread_id, channel_id, organization_id, address, last_inbound_at)
    SELECT id, channel_id, organization_id, '{"to": "573000000001"}', now() FROM moved
    ON CONFLICT (thread_id, channel_id)
    DO UPDATE SET last_inbound_at = excluded.last_inbound_at, address = excluded.address
)
SELECT id FROM moved;
