--
-- PostgreSQL database dump
--

\restrict abcdefghijklmnopqrstuvwxyz

-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: mood; Type: TYPE; Schema: public; Owner: postgres
--

CREATE TYPE public.mood AS ENUM (
    'sad',
    'it''s; ok'
);


ALTER TYPE public.mood OWNER TO postgres;

--
-- Name: notify(); Type: FUNCTION; Schema: public; Owner: postgres
--

CREATE FUNCTION public.notify() RETURNS trigger
    LANGUAGE plpgsql
    AS $_$
BEGIN
  -- it's a comment; with $$ in it
  PERFORM pg_notify('x', 'y;');
  RETURN NEW;
END;
$_$;


ALTER FUNCTION public.notify() OWNER TO postgres;

--
-- Name: notify(integer); Type: FUNCTION; Schema: public; Owner: postgres
--

CREATE FUNCTION public.notify(n integer) RETURNS integer
    LANGUAGE sql
    AS $_$SELECT $1; /* ' */ SELECT n$_$;


ALTER FUNCTION public.notify(n integer) OWNER TO postgres;

--
-- Name: standard(integer); Type: FUNCTION; Schema: public; Owner: postgres
--

CREATE FUNCTION public.standard(n integer) RETURNS integer
    LANGUAGE sql
    BEGIN ATOMIC
 SELECT 1;
 SELECT
         CASE
             WHEN (n > 0) THEN n
             ELSE NULL::integer
         END AS "case";
END;


ALTER FUNCTION public.standard(n integer) OWNER TO postgres;

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: Odd " Name; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public."Odd "" Name" (
    "a b" integer,
    "values" text
);


ALTER TABLE public."Odd "" Name" OWNER TO postgres;

--
-- Name: Own Seq; Type: SEQUENCE; Schema: public; Owner: postgres
--

CREATE SEQUENCE public."Own Seq"
    START WITH 7
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


ALTER TABLE public."Own Seq" OWNER TO postgres;

--
-- Name: tenants; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.tenants (
    id bigint NOT NULL,
    endpoint character varying NOT NULL,
    access_token text,
    picture bytea,
    settings jsonb DEFAULT '{}'::jsonb,
    enabled boolean DEFAULT true,
    created_at timestamp without time zone DEFAULT '2020-01-01 00:00:00'::timestamp without time zone
);


ALTER TABLE public.tenants OWNER TO postgres;

--
-- Name: TABLE tenants; Type: COMMENT; Schema: public; Owner: postgres
--

COMMENT ON TABLE public.tenants IS 'those who''s; tenants';


--
-- Name: counted; Type: MATERIALIZED VIEW; Schema: public; Owner: postgres
--

CREATE MATERIALIZED VIEW public.counted AS
 SELECT count(*) AS n
   FROM public.tenants
  WITH NO DATA;


ALTER TABLE public.counted OWNER TO postgres;

--
-- Name: empty_table; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.empty_table (
    a integer
);


ALTER TABLE public.empty_table OWNER TO postgres;

--
-- Name: live; Type: VIEW; Schema: public; Owner: postgres
--

CREATE VIEW public.live AS
 SELECT tenants.id,
    tenants.endpoint
   FROM public.tenants
  WHERE (tenants.enabled AND ((tenants.endpoint)::text <> ';'::text));


ALTER TABLE public.live OWNER TO postgres;

--
-- Name: no_columns; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.no_columns (
);


ALTER TABLE public.no_columns OWNER TO postgres;

--
-- Name: que_jobs; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.que_jobs (
    id integer NOT NULL,
    args text DEFAULT ';'::text
);


ALTER TABLE public.que_jobs OWNER TO postgres;

--
-- Name: que_jobs_id_seq; Type: SEQUENCE; Schema: public; Owner: postgres
--

ALTER TABLE public.que_jobs ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.que_jobs_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: tenants_id_seq; Type: SEQUENCE; Schema: public; Owner: postgres
--

CREATE SEQUENCE public.tenants_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


ALTER TABLE public.tenants_id_seq OWNER TO postgres;

--
-- Name: tenants_id_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: postgres
--

ALTER SEQUENCE public.tenants_id_seq OWNED BY public.tenants.id;


--
-- Name: tenants id; Type: DEFAULT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.tenants ALTER COLUMN id SET DEFAULT nextval('public.tenants_id_seq'::regclass);


--
-- Data for Name: Odd " Name; Type: TABLE DATA; Schema: public; Owner: postgres
--

COPY public."Odd "" Name" ("a b", "values") FROM stdin;
1	x
1	x
2	\N
\.


--
-- Data for Name: empty_table; Type: TABLE DATA; Schema: public; Owner: postgres
--

COPY public.empty_table (a) FROM stdin;
\.


--
-- Data for Name: no_columns; Type: TABLE DATA; Schema: public; Owner: postgres
--

COPY public.no_columns  FROM stdin;

\.


--
-- Data for Name: que_jobs; Type: TABLE DATA; Schema: public; Owner: postgres
--

COPY public.que_jobs (id, args) FROM stdin;
\.


--
-- Data for Name: tenants; Type: TABLE DATA; Schema: public; Owner: postgres
--

COPY public.tenants (id, endpoint, access_token, picture, settings, enabled, created_at) FROM stdin;
1	plain	abc	\\x00ff27	{"a": [1, 2]}	t	2020-01-01 00:00:00
2	tab\there, newline\nthere, back\\slash	\N	\N	{}	f	2020-01-01 00:00:00
3	\\N	\\.	\\x	null	\N	2020-01-01 00:00:00
4	it's; $$ -- PostgreSQL database dump complete	\\.\n\\.	\N	"é"	t	2020-01-01 00:00:00
\.


--
-- Name: Own Seq; Type: SEQUENCE SET; Schema: public; Owner: postgres
--

SELECT pg_catalog.setval('public."Own Seq"', 7, true);


--
-- Name: que_jobs_id_seq; Type: SEQUENCE SET; Schema: public; Owner: postgres
--

SELECT pg_catalog.setval('public.que_jobs_id_seq', 2000, true);


--
-- Name: tenants_id_seq; Type: SEQUENCE SET; Schema: public; Owner: postgres
--

SELECT pg_catalog.setval('public.tenants_id_seq', 4, true);


--
-- Name: tenants tenants_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.tenants
    ADD CONSTRAINT tenants_pkey PRIMARY KEY (id);


--
-- Name: by_endpoint; Type: INDEX; Schema: public; Owner: postgres
--

CREATE UNIQUE INDEX by_endpoint ON public.tenants USING btree (endpoint, lower(access_token)) WHERE enabled;


--
-- Name: que_jobs quiet; Type: RULE; Schema: public; Owner: postgres
--

CREATE RULE quiet AS
    ON DELETE TO public.que_jobs DO ( SELECT 1 AS "?column?";
 SELECT 2 AS "?column?";
);


--
-- Name: tenants on_tenant; Type: TRIGGER; Schema: public; Owner: postgres
--

CREATE TRIGGER on_tenant AFTER INSERT ON public.tenants FOR EACH ROW EXECUTE FUNCTION public.notify();


--
-- Name: TABLE tenants; Type: ACL; Schema: public; Owner: postgres
--

GRANT SELECT ON TABLE public.tenants TO PUBLIC;


--
-- Name: counted; Type: MATERIALIZED VIEW DATA; Schema: public; Owner: postgres
--

REFRESH MATERIALIZED VIEW public.counted;


--
-- PostgreSQL database dump complete
--

\unrestrict abcdefghijklmnopqrstuvwxyz

