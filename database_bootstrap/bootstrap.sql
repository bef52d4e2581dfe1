-- Makes roles, databases and their rights what databases.csv says. Run by bootstrap.sh, as a master that is no superuser.
--
-- The view `plan` compares what is wanted with PostgreSQL's catalogs: its rows are the statements that are still missing,
-- and it is empty when all is as wanted. So the script may stop anywhere and be run again, and a run that changes nothing
-- reads the catalogs once. What is set up inside a database cannot be seen from here: inside.sql leaves a comment on the
-- database that says for which declaration it ran.

\set ON_ERROR_STOP on
\set QUIET on
\set VERBOSITY verbose
\pset format unaligned
\pset tuples_only on

-- One job at a time; a second one waits until lock_timeout. The lock goes with this session, however it ends.
SELECT pg_advisory_lock(728163504) AS locked \gset

CREATE TEMP TABLE declared (
    database             text PRIMARY KEY,
    owner                text NOT NULL UNIQUE,
    read_only            text,
    extensions           text[] NOT NULL,
    connection_limit     integer NOT NULL,
    statement_timeout_ms integer,
    auth                 text NOT NULL,
    previous_owner       text,
    inside               text NOT NULL,
    drop                 boolean NOT NULL
);
\copy declared FROM databases.csv (FORMAT csv, HEADER)
CREATE TEMP VIEW wanted AS SELECT * FROM declared WHERE NOT drop;

-- SCRAM-SHA-256 verifiers come through psql's input, as data: a logged statement does not show them.
CREATE TEMP TABLE verifier (role text PRIMARY KEY, verifier text NOT NULL);
\copy verifier FROM pstdin
ANALYZE declared, verifier;

CREATE TEMP VIEW role AS
WITH wanted_role AS (
    SELECT owner AS role, database, previous_owner, connection_limit, statement_timeout_ms, auth, true AS owns FROM wanted
    UNION ALL
    SELECT read_only, min(database), NULL, -1, NULL, min(auth), false
    FROM wanted WHERE read_only IS NOT NULL GROUP BY read_only
)
SELECT wanted_role.*, r.oid, r.rolcanlogin, r.rolconnlimit, v.verifier,
       previous.oid AS previous_oid,
       (SELECT option_value::integer
        FROM pg_db_role_setting, pg_options_to_table(setconfig)
        WHERE setrole = r.oid AND setdatabase = 0 AND option_name = 'statement_timeout') AS timeout_ms,
       EXISTS (SELECT FROM pg_auth_members
               WHERE member = r.oid AND roleid = to_regrole('rds_iam')) AS by_iam,
       shobj_description(r.oid, 'pg_authid') AS comment,
       -- Nobody but a superuser can read the verifier that is in force, so a comment tells which one was set.
       CASE auth WHEN 'iam' THEN 'IAM authentication, no password'
                 ELSE 'password ' || left(encode(sha256(convert_to(v.verifier, 'UTF8')), 'hex'), 16)
       END AS wanted_comment
FROM wanted_role
LEFT JOIN pg_roles AS r ON r.rolname = wanted_role.role
LEFT JOIN pg_roles AS previous ON previous.rolname = previous_owner
LEFT JOIN verifier AS v ON v.role = wanted_role.role AND auth = 'password';

CREATE TEMP VIEW database AS
SELECT w.*, d.oid, pg_get_userbyid(d.datdba) AS actual_owner, creators, others,
       EXISTS (SELECT FROM aclexplode(coalesce(d.datacl, acldefault('d', d.datdba)))
               WHERE grantee = 0) AS open_to_public,
       EXISTS (SELECT FROM aclexplode(d.datacl)
               WHERE grantee = reader.oid AND privilege_type = 'CONNECT') AS open_to_reader,
       shobj_description(d.oid, 'pg_database') AS comment,
       -- What the template has is all that it needs.
       d.oid IS NULL AND w.read_only IS NULL AND previous_owner IS NULL AND extensions = '{}'
           AND others = quote_ident(current_user) AS plain,
       'Set up inside by the bootstrap job: '
           || left(encode(sha256(convert_to(concat_ws(' ', inside, creators), 'UTF8')), 'hex'), 16) AS wanted_comment
FROM wanted AS w
LEFT JOIN pg_database AS d ON d.datname = w.database
LEFT JOIN pg_roles AS o ON o.rolname = w.owner
LEFT JOIN pg_roles AS reader ON reader.rolname = w.read_only
-- Who may make objects there: the owner, the master, and the owner's other members as far as the master may act for them.
CROSS JOIN LATERAL (
    SELECT string_agg(quote_ident(creator), ', ' ORDER BY creator) AS creators,
           string_agg(quote_ident(creator), ', ' ORDER BY creator) FILTER (WHERE creator <> w.owner) AS others
    FROM (VALUES (w.owner), (current_user)
          UNION
          SELECT member.rolname FROM pg_auth_members AS m JOIN pg_roles AS member ON member.oid = m.member
          WHERE m.roleid = o.oid AND pg_has_role(member.oid, 'USAGE')) AS able (creator)
) AS able;

-- Roles that go: those of databases that go, unless another database shares its reader.
CREATE TEMP VIEW leaving AS
SELECT database, r.oid, rolname
FROM declared JOIN pg_roles AS r ON rolname IN (owner, read_only)
WHERE drop AND rolname NOT IN (SELECT role FROM role);

-- psql's commands for a visit to a database: inside.sql with its variables.
CREATE FUNCTION pg_temp.visit(database text, owner text, previous_owner text, read_only text, extensions text[],
                              creators text, others text, comment text) RETURNS text
LANGUAGE sql AS $$
SELECT concat_ws(E'\n',
    format('\warn database: %s', database),
    format('\set owner %L', owner),
    format('\set renamed %L', previous_owner IS NOT NULL),
    format('\set previous_owner %L', coalesce(previous_owner, '')),
    format('\set read_only %L', coalesce(read_only, '')),
    format('\set extensions %L', extensions),
    format('\set creators %L', creators),
    format('\set others %L', others),
    format('\set comment %L', comment),
    format('\connect %I', database),
    '\i inside.sql')
$$;

CREATE TEMP VIEW plan AS
SELECT phase, step, database, what, format('/* %s */ %s', database, statement) AS statement
FROM role CROSS JOIN LATERAL (VALUES
    ('roles', 1, 'role', oid IS NULL,
     format('CREATE ROLE %I LOGIN', role)),
    ('roles', 2, 'login', NOT rolcanlogin,
     format('ALTER ROLE %I LOGIN', role)),
    ('roles', 3, 'connection limit', connection_limit <> coalesce(rolconnlimit, -1),
     format('ALTER ROLE %I CONNECTION LIMIT %s', role, connection_limit)),
    ('roles', 4, 'statement timeout', statement_timeout_ms <> coalesce(timeout_ms, -1),
     format('ALTER ROLE %I SET statement_timeout = %L', role, statement_timeout_ms)),
    ('roles', 4, 'statement timeout', statement_timeout_ms IS NULL AND timeout_ms IS NOT NULL,
     format('ALTER ROLE %I RESET statement_timeout', role)),
    ('roles', 5, 'password', comment IS DISTINCT FROM wanted_comment,
     format('ALTER ROLE %I PASSWORD %s', role, quote_nullable(verifier))),
    ('roles', 6, 'password', comment IS DISTINCT FROM wanted_comment,
     format('COMMENT ON ROLE %I IS %L', role, wanted_comment)),
    ('roles', 7, 'authentication', auth = 'iam' AND NOT by_iam,
     format('GRANT rds_iam TO %I', role)),
    ('roles', 7, 'authentication', auth = 'password' AND by_iam,
     format('REVOKE rds_iam FROM %I', role)),
    -- PostgreSQL 16 and later let nobody give a database to a role that he is no member of.
    ('roles', 8, 'membership', owns AND (oid IS NULL OR NOT pg_has_role(oid, 'USAGE')),
     format('GRANT %I TO CURRENT_USER', role)),
    ('roles', 8, 'membership', previous_oid IS NOT NULL AND NOT pg_has_role(previous_oid, 'USAGE'),
     format('GRANT %s TO CURRENT_USER', quote_ident(previous_owner))),
    -- Pods that still log in as the previous owner go on working until the new ones have replaced them.
    ('roles', 9, 'membership', previous_oid IS NOT NULL AND previous_owner <> current_user
         AND (oid IS NULL OR NOT pg_has_role(previous_oid, oid, 'USAGE')),
     format('GRANT %I TO %s', role, quote_ident(previous_owner)))
) AS rule (phase, step, what, differs, statement)
WHERE differs
UNION ALL
SELECT phase, step, database, what, format('/* %s */ %s', database, statement)
FROM database CROSS JOIN LATERAL (VALUES
    -- CREATE DATABASE runs in no transaction, and in no DO block.
    ('databases', 1, 'database', oid IS NULL,
     format('CREATE DATABASE %I OWNER %I TEMPLATE %I ENCODING %L', database, owner,
            CASE WHEN plain THEN 'bootstrap_template' ELSE 'template0' END, 'UTF8')),
    ('databases', 2, 'owner', actual_owner <> owner,
     format('ALTER DATABASE %I OWNER TO %I', database, owner)),
    ('databases', 3, 'rights', oid IS NULL OR open_to_public,
     format('REVOKE ALL ON DATABASE %I FROM PUBLIC', database)),
    ('databases', 4, 'rights', read_only IS NOT NULL AND NOT open_to_reader,
     format('GRANT CONNECT ON DATABASE %I TO %s', database, quote_ident(read_only))),
    ('databases', 5, 'inside', plain,
     format('COMMENT ON DATABASE %I IS %L', database, wanted_comment)),
    -- Its result is psql's commands for the visit.
    ('databases', 5, 'inside', NOT plain AND comment IS DISTINCT FROM wanted_comment,
     format('SELECT %L', pg_temp.visit(database, owner, previous_owner, read_only, extensions, creators, others,
                                  wanted_comment)))
) AS rule (phase, step, what, differs, statement)
WHERE differs
UNION ALL
SELECT 'drops', 1, database, 'dropped', format('/* %s */ DROP DATABASE %I WITH (FORCE)', database, datname)
FROM declared JOIN pg_database ON datname = database WHERE drop
UNION ALL
SELECT 'drops', 2, database, 'dropped', format('/* %s */ DROP ROLE %I', database, rolname) FROM leaving;

-- What no statement can put right is told for all databases at once, before anything is changed.
CREATE TEMP VIEW problem AS
SELECT database, format('role %I has no verifier: put one into the file %I of the verifiers', role, role) AS text
FROM role WHERE auth = 'password' AND verifier IS NULL
UNION ALL
SELECT database, format('role %I is the master itself: name another owner', role)
FROM role WHERE role = current_user
UNION ALL
SELECT database, format('it exists and belongs to %I, not to %I: name another database, or say previous_owner %I to take it over',
                        actual_owner, owner, actual_owner)
FROM database WHERE actual_owner NOT IN (owner, coalesce(previous_owner, owner))
UNION ALL
SELECT database, format('extension %I does not exist on this server: remove it, or upgrade the server', extension)
FROM database CROSS JOIN unnest(extensions) AS extension
WHERE extension NOT IN (SELECT name FROM pg_available_extensions)
UNION ALL
SELECT database, 'IAM authentication needs the role rds_iam, which only RDS and Aurora have: say auth password'
FROM wanted WHERE auth = 'iam' AND to_regrole('rds_iam') IS NULL
UNION ALL
SELECT database, format('it is to be dropped and belongs to %s, not to %I: name its owner', datdba::regrole, owner)
FROM declared JOIN pg_database ON datname = database WHERE drop AND datdba <> coalesce(to_regrole(quote_ident(owner)), 0)
UNION ALL
SELECT leaving.database, format('role %I is to be dropped, and has something in database %I too: move it, or drop it by hand',
                                rolname, datname)
FROM leaving JOIN pg_shdepend ON refclassid = 'pg_authid'::regclass AND refobjid = leaving.oid
JOIN pg_database AS d ON d.oid = dbid OR classid = 'pg_database'::regclass AND d.oid = objid
WHERE datname <> leaving.database;

DO $$
DECLARE problems text := (SELECT string_agg(format('%s: %s', database, text), E'\n' ORDER BY database, text) FROM problem);
BEGIN
    IF problems IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'PL001', MESSAGE = problems;
    END IF;
END $$;

-- The plan as it is now: what the summary tells.
CREATE TEMP TABLE change AS SELECT DISTINCT database, what FROM plan;
SELECT count(*) > 0 AS needed FROM change \gset

\if :needed
\set ECHO errors
BEGIN;
SELECT statement FROM plan WHERE phase = 'roles' ORDER BY database, step, statement \gexec
COMMIT;

-- Most databases need the same inside, and connecting to a new one takes as long as a quarter of its creation. So one is
-- set up for pg_database_owner, which stands for the owner of whichever database it is in, and the others are its copies.
\set template_comment `printf 'Template of the bootstrap job: %.16s' "$(sha256sum <inside.sql)"`
SELECT EXISTS (SELECT FROM database WHERE plain)
   AND NOT EXISTS (SELECT FROM pg_database WHERE datname = 'bootstrap_template' AND NOT datallowconn
                   AND shobj_description(oid, 'pg_database') = :'template_comment') AS template_needed \gset
\if :template_needed
DROP DATABASE IF EXISTS bootstrap_template;
/* bootstrap_template */ CREATE DATABASE bootstrap_template TEMPLATE template0 ENCODING 'UTF8';
REVOKE ALL ON DATABASE bootstrap_template FROM PUBLIC;
\o |psql -X -q -v ON_ERROR_STOP=1 -v VERBOSITY=verbose -o /dev/null -f -
SELECT pg_temp.visit('bootstrap_template', 'pg_database_owner', NULL, NULL, '{}', quote_ident(current_user),
                     quote_ident(current_user), :'template_comment');
\o
DO $$
BEGIN
    IF shobj_description((SELECT oid FROM pg_database WHERE datname = 'bootstrap_template'), 'pg_database') IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'PL002', MESSAGE = 'Not as wanted yet: bootstrap_template';
    END IF;
END $$;
-- A copy can be made while nobody is connected.
ALTER DATABASE bootstrap_template ALLOW_CONNECTIONS false;
\endif

-- A second psql visits the databases, each as soon as it is there: one session cannot be in two databases.
\o |psql -X -q -v ON_ERROR_STOP=1 -v VERBOSITY=verbose -o /dev/null -f -
SELECT statement FROM plan WHERE phase = 'databases' ORDER BY database, step, statement \gexec
\o
SELECT statement FROM plan WHERE phase = 'drops' ORDER BY database, step, statement \gexec
\set ECHO none

DO $$
DECLARE remaining text := (SELECT string_agg(DISTINCT format('%s (%s)', database, what), ', ') FROM plan);
BEGIN
    IF remaining IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'PL002', MESSAGE = 'Not as wanted yet: ' || remaining;
    END IF;
END $$;
\endif

-- The commit of this table waits until the others are on disk.
SET synchronous_commit = on;
CREATE TEMP TABLE summary AS
SELECT database, string_agg(what, ', ' ORDER BY what) AS changes,
       CASE WHEN drop THEN 'dropped'
            WHEN bool_or(what = 'database') THEN 'created'
            WHEN count(what) > 0 THEN 'changed'
            ELSE 'unchanged' END AS outcome
FROM declared LEFT JOIN change USING (database) GROUP BY database, drop;

SELECT concat(database, ': ', outcome, CASE outcome WHEN 'changed' THEN format(' (%s)', changes) END)
FROM summary ORDER BY database;
SELECT format('%s databases: %s created, %s changed, %s unchanged', count(*),
              count(*) FILTER (WHERE outcome = 'created'),
              count(*) FILTER (WHERE outcome = 'changed'),
              count(*) FILTER (WHERE outcome = 'unchanged'))
       || CASE WHEN bool_or(outcome = 'dropped')
               THEN format(', %s dropped', count(*) FILTER (WHERE outcome = 'dropped')) ELSE '' END
FROM summary;
