-- Every kind of thing that a dump of zync_production can hold, and values that are hard to write down.
CREATE TABLE tenants (
    id bigserial PRIMARY KEY,
    endpoint character varying NOT NULL,
    access_token text,
    picture bytea,
    settings jsonb DEFAULT '{}'::jsonb,
    enabled boolean DEFAULT true,
    created_at timestamp without time zone DEFAULT '2020-01-01 00:00:00'
);
INSERT INTO tenants (endpoint, access_token, picture, settings, enabled) VALUES
    ('plain', 'abc', '\x00ff27', '{"a": [1, 2]}', true),
    (E'tab\there, newline\nthere, back\\slash', NULL, NULL, '{}', false),
    ('\N', '\.', '', 'null', NULL),
    (E'it''s; $$ -- PostgreSQL database dump complete', E'\\.\n\\.', NULL, '"\u00e9"', true);
CREATE TABLE "Odd "" Name" ("a b" integer, "values" text);
INSERT INTO "Odd "" Name" VALUES (1, 'x'), (1, 'x'), (2, NULL);
CREATE TABLE empty_table (a integer);
CREATE TABLE no_columns ();
INSERT INTO no_columns DEFAULT VALUES;
CREATE TABLE que_jobs (id integer GENERATED ALWAYS AS IDENTITY, args text DEFAULT ';');
INSERT INTO que_jobs (args) SELECT 'job ' || n FROM generate_series(1, 2000) AS n;
CREATE UNIQUE INDEX by_endpoint ON tenants USING btree (endpoint, lower(access_token)) WHERE enabled;
CREATE VIEW live AS SELECT id, endpoint FROM tenants WHERE enabled AND endpoint <> ';';
CREATE MATERIALIZED VIEW counted AS SELECT count(*) AS n FROM tenants;
CREATE SEQUENCE "Own Seq" START 7;
SELECT nextval('"Own Seq"');
CREATE FUNCTION notify() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  -- it's a comment; with $$ in it
  PERFORM pg_notify('x', 'y;');
  RETURN NEW;
END;
$body$;
CREATE FUNCTION notify(n integer) RETURNS integer LANGUAGE sql AS 'SELECT $1; /* '' */ SELECT n';
CREATE FUNCTION standard(n integer) RETURNS integer LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT CASE WHEN n > 0 THEN n END; END;
CREATE TRIGGER on_tenant AFTER INSERT ON tenants FOR EACH ROW EXECUTE FUNCTION notify();
CREATE RULE quiet AS ON DELETE TO que_jobs DO ALSO (SELECT 1; SELECT 2);
CREATE TYPE mood AS ENUM ('sad', 'it''s; ok');
COMMENT ON TABLE tenants IS 'those who''s; tenants';
GRANT SELECT ON TABLE tenants TO PUBLIC;
