#!/bin/sh
# Makes the databases of databases.csv: waits for the server, runs bootstrap.sql, says what went wrong and what to do.
#
# Environment: PGHOST, PGPORT, PGUSER, PGSSLROOTCERT as libpq knows them; MASTER_SECRET, the file with RDS's JSON of the
# master's password, in a folder in memory that can be written; VERIFIERS, the folder with one file for each role that has
# a password; DEADLINE_SECONDS, how long to wait for a server that does not answer.
# Exit codes: 0 all is as wanted, 1 something has to be done first, 75 (EX_TEMPFAIL) the server did not answer in time.
set -eu
umask 077

refuse() {
    printf '%s\n' "$@" >&2
    exit 1
}

for name in PGHOST PGUSER PGSSLROOTCERT MASTER_SECRET VERIFIERS; do
    eval "[ -n \"\${$name:-}\" ]" || refuse "$name is not set, so nothing was done. Set it in the job's environment."
done
deadline=$(($(date +%s) + ${DEADLINE_SECONDS:=300}))

# The parameter group's time limits are for services, search_path keeps what a service made out of our way, and commits need
# not wait for the disk one by one: bootstrap.sql waits once, at its end.
export PGOPTIONS="-c statement_timeout=0 -c idle_in_transaction_session_timeout=0 -c lock_timeout=${DEADLINE_SECONDS}s \
-c search_path=pg_catalog -c synchronous_commit=off -c client_min_messages=warning"
export PGDATABASE="${PGDATABASE:-postgres}" PGSSLMODE=verify-full PGCONNECT_TIMEOUT=10 PGAPPNAME=database_bootstrap
export PGCLIENTENCODING=UTF8 LC_ALL=C PGPASSFILE="${MASTER_SECRET%/*}/pgpass"

# The password goes from file to file: never into an argument, a variable or the environment.
json_string='"password"[[:space:]]*:[[:space:]]*"\(\([^"\\]\|\\["\\/]\)*\)"'
sed -n "s/.*$json_string.*/\\1/p" "$MASTER_SECRET" | sed 's,\\\(["/]\),\1,g; s/:/\\:/g; s/^/*:*:*:*:/' >"$PGPASSFILE"
[ -s "$PGPASSFILE" ] || refuse "$MASTER_SECRET is no JSON with a password, so nothing was done." \
    "Let the init step write the master's secret as Secrets Manager has it."

verifiers() {
    for file in "$VERIFIERS"/*; do
        [ -f "$file" ] || continue
        read -r verifier <"$file" || [ -n "$verifier" ] || refuse "$file is empty, so nothing was done."
        case $verifier in
            'SCRAM-SHA-256$'*) printf '%s\t%s\n' "${file##*/}" "$verifier" ;;
            *) refuse "$file holds no SCRAM-SHA-256 verifier, so nothing was done. A password must not come here in clear." ;;
        esac
    done
}

# Sets `report` to all that psql and the server complained of, and `first` to the complaint that the others follow from.
attempt() {
    report=$(printf '%s' "$verifiers" | psql -X -f bootstrap.sql 2>&1 >&3) && return
    first=$(said | sed -n '/ERROR\|FATAL\|error:/{p;q;}')
    return 1
}

# What another try may cure: the server is away or full of connections, or somebody else did the same just before. That
# fails once; a second time it is no race.
passing() {
    case $report in
        *'password authentication failed'* | *certificate* | *pg_hba.conf* | *'does not support SSL'*) return 1 ;;
        *'could not connect'* | *'could not translate host name'* | *'connection to server'* | *'server closed the connection'*) ;;
        *' 57P0'[123]': '* | *' 53300: '* | *' 08'???': '*) ;;
        *' 42P04: '* | *' 42710: '* | *' 23505: '* | *'tuple concurrently updated'*) [ "$first" != "${race:-}" ] && race=$first ;;
        *) return 1 ;;
    esac
}

# What to do about it; PostgreSQL's own words were printed before.
remedy() {
    case $report in
        *' PL001: '*) echo 'Nothing was changed. Correct the declarations above, and deploy again.' ;;
        *'password authentication failed'*) echo "The master's password is wrong. RDS rotates it: start the job again, so that the init step reads the new one." ;;
        *'certificate verify failed'* | *'root certificate'* | *'does not match host name'*) echo "The server's certificate is not what PGSSLROOTCERT and PGHOST say. Connect by the cluster's own endpoint, with the root certificates of its region." ;;
        *'does not support SSL'*) echo 'The server does not speak TLS, and a password is never sent without. Set rds.force_ssl to 1, and check PGHOST.' ;;
        *'no pg_hba.conf entry'*) echo 'The server admits no such user, database or encryption. Check PGUSER, PGDATABASE and rds.force_ssl.' ;;
        *' 42501: '*) echo "The master lacks a privilege. It needs CREATEDB, CREATEROLE and rds_superuser; on a role that it did not make itself it also needs: GRANT the_role TO $PGUSER WITH ADMIN OPTION." ;;
        *' 53100: '*) echo 'The disk is full. Make room or raise the storage, and run the job again: it goes on where it stopped.' ;;
        *' 55P03: '*) echo 'Another session holds a lock that is needed, perhaps a second job. Let it end, and run the job again.' ;;
        *) echo 'Put right what PostgreSQL says, and run the job again: it goes on where it stopped.' ;;
    esac
}

# PostgreSQL's own words, without what only psql's scripts need.
said() {
    printf '%s\n' "$report" | sed -e '/^database: /d; /LOCATION:  /d; /CONTEXT:  PL.pgSQL/d' \
        -e 's/^psql:[^ ]* //; s/^psql: //; s/SCRAM-SHA-256\$[^'"'"']*/SCRAM-SHA-256.../g; /^$/d'
}

complain() {
    printf '%s\n' "$report" |
        sed -n 's,.*STATEMENT:  /\* \(.*\) \*/ .*,\1,p; s/^database: //p' | sed -n '$s/^/Failed at database /p'
    said
}

cd "$(dirname "$0")"
verifiers=$(verifiers)
exec 3>&1
pause=1
until attempt; do
    if ! passing; then
        refuse "$(complain)" "$(remedy)"
    fi
    if [ "$(date +%s)" -ge "$deadline" ]; then
        printf '%s\n' "$(complain)" "No success within $DEADLINE_SECONDS seconds. Check that $PGHOST is up and that its" \
            "security group admits this pod; then run the job again." >&2
        exit 75
    fi
    echo "Trying again in $pause s: $first" >&2
    sleep "$pause"
    [ "$pause" -ge 16 ] || pause=$((pause * 2))
done
said >&2
