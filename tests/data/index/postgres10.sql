--
-- PostgreSQL database dump
--

-- Dumped from database version 10.6
-- Dumped by pg_dump version 10.6

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: plpgsql; Type: EXTENSION; Schema: -; Owner: 
--

CREATE EXTENSION IF NOT EXISTS plpgsql WITH SCHEMA pg_catalog;


--
-- Name: EXTENSION plpgsql; Type: COMMENT; Schema: -; Owner: 
--

COMMENT ON EXTENSION plpgsql IS 'PL/pgSQL procedural language';


--
-- Name: que_job_notify(); Type: FUNCTION; Schema: public; Owner: zync
--

CREATE FUNCTION public.que_job_notify() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
  BEGIN
    IF NEW.locked THEN RETURN null; END IF;
  END
$$;


ALTER FUNCTION public.que_job_notify() OWNER TO zync;

SET default_tablespace = '';

SET default_with_oids = false;

--
-- Name: tenants; Type: TABLE; Schema: public; Owner: zync
--

CREATE TABLE public.tenants (
    id bigint NOT NULL,
    endpoint character varying NOT NULL
);


ALTER TABLE public.tenants OWNER TO zync;

CREATE SEQUENCE public.tenants_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


ALTER SEQUENCE public.tenants_id_seq OWNED BY public.tenants.id;

ALTER TABLE ONLY public.tenants ALTER COLUMN id SET DEFAULT nextval('public.tenants_id_seq'::regclass);


--
-- Data for Name: tenants; Type: TABLE DATA; Schema: public; Owner: zync
--

COPY public.tenants (id, endpoint) FROM stdin;
1	https://one.example.com
2	-- PostgreSQL database dump complete
\.


SELECT pg_catalog.setval('public.tenants_id_seq', 2, true);


CREATE TRIGGER que_job_notify AFTER INSERT ON public.tenants FOR EACH ROW EXECUTE PROCEDURE public.que_job_notify();


--
-- PostgreSQL database dump complete
--

