-- What is set up inside one database, in one transaction: bootstrap.sql connects to it and sets owner, renamed (whether there
-- is a previous_owner), previous_owner, read_only, extensions, creators and others (identifiers, quoted: all who may make
-- objects here, and all but the owner) and comment.
--
-- The owner gets his rights as pg_database_owner: they go with the database, to a new owner and into copies of the template.
--
-- search_path is pg_catalog (bootstrap.sh says so): the owner of a database may not make us call functions of his.

\set QUIET on
\pset format unaligned
\pset tuples_only on

BEGIN;

SELECT 'SET LOCAL search_path = public',
       format('CREATE EXTENSION IF NOT EXISTS %I', extension),
       'SET LOCAL search_path = pg_catalog'
FROM unnest(:'extensions'::text[]) AS extension \gexec

-- Before PostgreSQL 15 everybody could make objects in schema public, and the owner of the database had no right of his own.
SELECT 'GRANT ALL ON SCHEMA public TO pg_database_owner', 'REVOKE CREATE ON SCHEMA public FROM PUBLIC'
WHERE has_schema_privilege('public', 'public', 'CREATE') \gexec

\if :renamed
-- A new owner gets what the previous one has here. REASSIGN OWNED moves his other databases too, so these are put back.
SELECT format('REASSIGN OWNED BY %I TO %I', rolname, :'owner'),
       (SELECT string_agg(format('ALTER DATABASE %I OWNER TO %I', datname, rolname), '; ')
        FROM pg_database WHERE datdba = previous.oid AND datname <> current_database())
FROM pg_roles AS previous
WHERE rolname = :'previous_owner' AND rolname <> current_user \gexec
\endif

-- The owner may use all that others make here, later and already: a migration that ran as the master, for example.
ALTER DEFAULT PRIVILEGES FOR ROLE :others GRANT ALL ON SCHEMAS TO pg_database_owner;
ALTER DEFAULT PRIVILEGES FOR ROLE :others GRANT ALL ON TABLES TO pg_database_owner;
ALTER DEFAULT PRIVILEGES FOR ROLE :others GRANT ALL ON SEQUENCES TO pg_database_owner;
ALTER DEFAULT PRIVILEGES FOR ROLE :others GRANT ALL ON ROUTINES TO pg_database_owner;
ALTER DEFAULT PRIVILEGES FOR ROLE :others GRANT ALL ON TYPES TO pg_database_owner;

SELECT format('ALTER DEFAULT PRIVILEGES FOR ROLE %s GRANT %s TO %I', :'creators', rights, :'read_only')
FROM unnest(ARRAY['USAGE ON SCHEMAS', 'SELECT ON TABLES', 'SELECT ON SEQUENCES']) AS rights
WHERE :'read_only' <> '' \gexec

SELECT format('GRANT %s ON SCHEMA %I TO %I', rights, nspname, grantee)
FROM pg_namespace,
     (VALUES ('ALL', :'owner', 'pg_database_owner'), ('USAGE', :'read_only', :'read_only')) AS may (rights, role, grantee)
WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' AND pg_has_role(nspowner, 'USAGE')
  AND role <> '' AND pg_get_userbyid(nspowner) NOT IN (role, grantee) \gexec

SELECT format('GRANT %s ON %s %I.%I TO %I', rights, CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END,
              nspname, relname, grantee)
FROM pg_class JOIN pg_namespace AS schema ON schema.oid = relnamespace,
     (VALUES ('ALL', :'owner', 'pg_database_owner'), ('SELECT', :'read_only', :'read_only')) AS may (rights, role, grantee)
WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND pg_has_role(relowner, 'USAGE')
  AND nspname !~ '^pg_' AND nspname <> 'information_schema'
  AND role <> '' AND pg_get_userbyid(relowner) NOT IN (role, grantee) \gexec

COMMENT ON DATABASE :"DBNAME" IS :'comment';
COMMIT;
