"""The database of Zync, as SQL for psql: its schema with que's tables, functions and triggers, and rows."""
import json
import uuid
from datetime import datetime, timedelta

from .words import Words

EPOCH = datetime(2020, 5, 1)

# table -> columns after the id; every one of these gets an id from a sequence, and a primary key.
TABLES = {
    "tenants": "endpoint character varying NOT NULL, access_token character varying NOT NULL",
    "services": "tenant_id bigint NOT NULL",
    "providers": "tenant_id bigint NOT NULL, access_token character varying NOT NULL",
    "proxies": "tenant_id bigint NOT NULL, service_id bigint NOT NULL",
    "metrics": "service_id bigint NOT NULL, tenant_id bigint NOT NULL",
    "applications": "tenant_id bigint NOT NULL, service_id bigint NOT NULL",
    "clients": "service_id bigint NOT NULL, tenant_id bigint NOT NULL, client_id character varying NOT NULL, registration uuid DEFAULT gen_random_uuid()",
    "models": "tenant_id bigint NOT NULL, record_type character varying, record_id bigint NOT NULL",
    "integrations": "configuration jsonb, type character varying NOT NULL, tenant_id bigint, model_id bigint, state text DEFAULT 'active'",
    "entries": "data jsonb, tenant_id bigint NOT NULL, model_id bigint NOT NULL",
    "notifications": "model_id bigint NOT NULL, data jsonb NOT NULL, tenant_id bigint NOT NULL",
    "integration_states": "started_at timestamp without time zone, finished_at timestamp without time zone, success boolean, model_id bigint NOT NULL, "
                          "entry_id bigint, integration_id bigint NOT NULL",
    "update_states": "started_at timestamp without time zone, finished_at timestamp without time zone, success boolean, model_id bigint NOT NULL",
}
FOREIGN_KEYS = [("services", "tenant_id", "tenants"), ("proxies", "service_id", "services"), ("proxies", "tenant_id", "tenants"),
                ("metrics", "service_id", "services"), ("applications", "service_id", "services"), ("clients", "tenant_id", "tenants"),
                ("models", "tenant_id", "tenants"), ("integrations", "model_id", "models"), ("entries", "model_id", "models"),
                ("notifications", "model_id", "models"), ("integration_states", "integration_id", "integrations")]

QUE = r"""
CREATE FUNCTION public.que_validate_tags(tags_array jsonb) RETURNS boolean LANGUAGE sql AS $$
  SELECT bool_and(jsonb_typeof(value) = 'string' AND char_length(value::text) <= 100) FROM jsonb_array_elements(tags_array)
$$;
CREATE TABLE public.que_jobs (
  priority smallint DEFAULT 100 NOT NULL, run_at timestamp with time zone DEFAULT now() NOT NULL, id bigserial PRIMARY KEY,
  job_class text NOT NULL, error_count integer DEFAULT 0 NOT NULL, last_error_message text, queue text DEFAULT 'default' NOT NULL,
  last_error_backtrace text, finished_at timestamp with time zone, expired_at timestamp with time zone,
  args jsonb DEFAULT '[]' NOT NULL, data jsonb DEFAULT '{}' NOT NULL,
  CONSTRAINT valid_args CHECK (jsonb_typeof(args) = 'array'),
  CONSTRAINT valid_data CHECK (jsonb_typeof(data) = 'object' AND (NOT data ? 'tags' OR public.que_validate_tags(data->'tags')))
) WITH (fillfactor=90);
COMMENT ON TABLE public.que_jobs IS '4';
CREATE UNLOGGED TABLE public.que_lockers (pid integer NOT NULL PRIMARY KEY, worker_count integer NOT NULL, worker_priorities integer[] NOT NULL,
  ruby_pid integer NOT NULL, ruby_hostname text NOT NULL, queues text[] NOT NULL, listening boolean NOT NULL);
CREATE TABLE public.que_values (key text NOT NULL PRIMARY KEY, value jsonb DEFAULT '{}' NOT NULL CHECK (jsonb_typeof(value) = 'object')) WITH (fillfactor=90);
CREATE TABLE public.message_bus (id bigserial PRIMARY KEY, channel text NOT NULL, value text NOT NULL CHECK (octet_length(value) >= 2),
  added_at timestamp without time zone DEFAULT now() NOT NULL);
CREATE TABLE public.ar_internal_metadata (key character varying NOT NULL PRIMARY KEY, value character varying,
  created_at timestamp without time zone NOT NULL, updated_at timestamp without time zone NOT NULL);
CREATE TABLE public.schema_migrations (version character varying NOT NULL PRIMARY KEY);
CREATE FUNCTION public.que_determine_job_state(job public.que_jobs) RETURNS text LANGUAGE sql AS $$
  SELECT CASE WHEN job.expired_at IS NOT NULL THEN 'expired' WHEN job.finished_at IS NOT NULL THEN 'finished'
    WHEN job.error_count > 0 THEN 'errored' WHEN job.run_at > CURRENT_TIMESTAMP THEN 'scheduled' ELSE 'ready' END
$$;
CREATE FUNCTION public.que_job_notify() RETURNS trigger LANGUAGE plpgsql AS $$
  DECLARE locker integer;
  BEGIN
    -- a job of the future wakes nobody
    IF NEW.run_at > now() THEN RETURN null; END IF;
    SELECT pid INTO locker FROM public.que_lockers WHERE listening AND queues @> ARRAY[NEW.queue] ORDER BY md5(pid::text) LIMIT 1;
    IF locker IS NOT NULL THEN PERFORM pg_notify('que_listener_' || locker::text, row_to_json(NEW)::text); END IF;
    RETURN null;
  END
$$;
CREATE FUNCTION public.que_state_notify() RETURNS trigger LANGUAGE plpgsql AS $$
  DECLARE before text := 'nonexistent'; after text := 'nonexistent';
  BEGIN
    IF TG_OP <> 'INSERT' THEN before := public.que_determine_job_state(OLD); END IF;
    IF TG_OP <> 'DELETE' THEN after := public.que_determine_job_state(NEW); END IF;
    IF before <> after THEN PERFORM pg_notify('que_state', json_build_object('previous_state', before, 'current_state', after)::text); END IF;
    RETURN null;
  END
$$;
"""
QUE_TRIGGERS = """
CREATE INDEX que_poll_idx ON public.que_jobs USING btree (queue, priority, run_at, id) WHERE finished_at IS NULL AND expired_at IS NULL;
CREATE INDEX que_jobs_args_gin_idx ON public.que_jobs USING gin (args jsonb_path_ops);
CREATE TRIGGER que_job_notify AFTER INSERT ON public.que_jobs FOR EACH ROW EXECUTE FUNCTION public.que_job_notify();
CREATE TRIGGER que_state_notify AFTER INSERT OR DELETE OR UPDATE ON public.que_jobs FOR EACH ROW EXECUTE FUNCTION public.que_state_notify();
"""
# The schema `public` itself stays: its owner and rights are the image's business.
DROP = """
DO $$ DECLARE r record; BEGIN
  FOR r IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP EXECUTE format('DROP TABLE public.%I CASCADE', r.tablename); END LOOP;
  FOR r IN SELECT p.oid::regprocedure AS f FROM pg_proc p WHERE pronamespace = 'public'::regnamespace LOOP EXECUTE 'DROP FUNCTION ' || r.f || ' CASCADE'; END LOOP;
END $$;
"""


def cell(value):
    """One field of COPY's text format."""
    if value is None:
        return "\\N"
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, (dict, list)):
        # Neither text nor jsonb of PostgreSQL can hold a NUL.
        value = json.dumps(value, ensure_ascii=False).replace("\\u0000", "")
    return str(value).replace("\0", "").replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def copy_rows(table, columns, rows):
    yield f"COPY public.{table} ({columns}) FROM stdin;\n".encode()
    lines, size = [], 0
    for row in rows:
        line = "\t".join(map(cell, row)) + "\n"
        lines.append(line)
        size += len(line)
        if size > 256 * 1024:
            yield "".join(lines).encode()
            lines, size = [], 0
    yield "".join(lines).encode() + b"\\.\n"


def data(installation, n):
    """(table, columns, rows) in an order in which foreign keys hold."""
    w = Words("zync " + installation.name)
    stamp = lambda i: str(EPOCH + timedelta(seconds=i * 613 % 100_000_000, microseconds=i * 7919 % 1_000_000))
    two = lambda i: (stamp(i), stamp(i + 5))
    span = max(3, n // 10)
    every = lambda: range(1, span + 1)
    tenant = lambda i: 1 + i % 3
    yield "tenants", "id, endpoint, access_token, created_at, updated_at", ((i, f"https://{installation.tenant}-{i}-admin.{installation.domain}", w.hex(40), *two(i)) for i in range(1, 4))
    yield "services", "id, tenant_id, created_at, updated_at", ((i, tenant(i), *two(i)) for i in every())
    yield "providers", "id, tenant_id, access_token, created_at, updated_at", ((i, tenant(i), w.hex(40), *two(i)) for i in range(1, 4))
    yield "proxies", "id, tenant_id, service_id, created_at, updated_at", ((i, tenant(i), i, *two(i)) for i in every())
    yield "metrics", "id, service_id, tenant_id, created_at, updated_at", ((i, i, tenant(i), *two(i)) for i in every())
    yield "applications", "id, tenant_id, service_id, created_at, updated_at", ((i, tenant(i), 1 + i % span, *two(i)) for i in range(1, n + 1))
    yield "clients", "id, service_id, tenant_id, client_id, registration, created_at, updated_at", (
        (i, 1 + i % span, tenant(i), w.hex(8), uuid.UUID(int=w.rng.getrandbits(128)), *two(i)) for i in range(1, n // 2 + 1))
    kinds = ("Application", "Proxy", "Provider", "Client", "Service")
    yield "models", "id, tenant_id, record_type, record_id, created_at, updated_at", ((i, tenant(i), kinds[i % 5], i, *two(i)) for i in range(1, n + 1))
    yield "integrations", "id, configuration, type, tenant_id, model_id, created_at, updated_at", (
        (i, {"endpoint": f"https://sso-{i}.example.com/auth/realms/r", "note": w.awkward()} if i % 4 else None, "Integration::Kubernetes", tenant(i), i, *two(i)) for i in every())
    yield "entries", "id, data, tenant_id, model_id, created_at, updated_at", (
        (i, {"client_id": w.hex(8), "enabled": bool(i % 3), "redirect_url": None, "limits": [i, i / 7, -1e-7], "oidc_configuration": {"text": w.text(200), "unicode": "🚀é\"\\"}}
         if i % 13 else None, tenant(i), i, *two(i)) for i in range(1, n + 1))
    yield "notifications", "id, model_id, data, tenant_id, created_at, updated_at", ((i, i, {"type": kinds[i % 5], "id": i, "deep": [[[]], {}]}, tenant(i), *two(i)) for i in range(1, n // 2 + 1))
    yield "integration_states", "id, started_at, finished_at, success, model_id, entry_id, integration_id, created_at, updated_at", (
        (i, stamp(i), stamp(i + 1) if i % 5 else None, None if i % 5 == 0 else bool(i % 2), i, i, 1 + i % span, *two(i)) for i in range(1, n + 1))
    yield "que_jobs", "priority, run_at, id, job_class, error_count, last_error_message, queue, finished_at, args, data", (
        (100, stamp(i) + "+00", i, "ActiveJob::QueueAdapters::QueAdapter::JobWrapper", i % 4, f"timeout\n\tin '{w.name()}' \\ \"x\"" if i % 4 else None, "default",
         stamp(i + 2) + "+00" if i % 3 else None, [{"job_class": "ProcessIntegrationEntryJob", "arguments": [{"_aj_globalid": f"gid://zync/Entry/{i}"}]}], {"tags": ["zync", f"t{i % 3}"]})
        for i in range(1, n // 5 + 4))
    yield "que_values", "key, value", (("last_run", {"at": stamp(1)}), ("tags", {"a": [1, 2, {"b": None}]}))
    yield "message_bus", "channel, value, added_at", ((f"/channel/{i % 3}", w.awkward() + "{}", stamp(i)) for i in range(1, 12))
    yield "ar_internal_metadata", "key, value, created_at, updated_at", (("environment", "production", *two(1)),)
    yield "schema_migrations", "version", ((f"2017{1 + i % 12:02}{1 + i % 28:02}1{i:05}",) for i in range(42))


def statements(installation, n):
    """Chunks of SQL bytes for psql as superuser; the objects belong to zync, as in a database that Zync made."""
    yield b"SET client_encoding = 'UTF8';\nSET client_min_messages = warning;\n" + DROP.encode() + b"SET ROLE zync;\nBEGIN;\n"
    for table, columns in TABLES.items():
        yield (f"CREATE TABLE public.{table} (id bigserial PRIMARY KEY, {columns}, created_at timestamp without time zone NOT NULL, "
               "updated_at timestamp without time zone NOT NULL);\n").encode()
    yield QUE.encode()
    for table, columns, rows in data(installation, n):
        yield from copy_rows(table, columns, rows)
    for table, column, target in FOREIGN_KEYS:
        yield f"ALTER TABLE ONLY public.{table} ADD CONSTRAINT fk_{table}_{column} FOREIGN KEY ({column}) REFERENCES public.{target}(id);\n".encode()
    yield QUE_TRIGGERS.encode()
    # update_states stays empty: its sequence has never been called, which a restore has to get right too.
    for table in [*TABLES, "que_jobs", "message_bus"]:
        if table not in ("update_states", "message_bus"):
            yield f"SELECT setval('public.{table}_id_seq', (SELECT max(id) + 3 FROM public.{table}));\n".encode()
    yield b"COMMIT;\nRESET ROLE;\n"
