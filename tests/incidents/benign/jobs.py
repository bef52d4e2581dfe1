"""Jobs: their names, what they migrate, and the databases and roles that they make."""

from __future__ import annotations

from typing import Any

from incidents.unknowns import UNKNOWN
from tests.incidents.benign.manifests import added, beside, container, orders, pod, variables
from tests.incidents.benign.variation import Added, Change, Removed, Variations
from tests.incidents.flips import APP, TEMPLATE, Flip, env
from tests.policies.manifests import container as image

MIGRATION = ("Job", "orders-migration")
DATABASES = ("Job", "databases")


def migration(*path: str | int, value: Any) -> Flip:
    return Flip(*MIGRATION, path, value)


def named(name: str) -> list[Change]:
    return [migration("metadata", "name", value=name)]


JOB_IMMUTABILITY: Variations = {
    "job-immutability": {
        "eight letters of a hash": named("orders-migration-1f3a9c02"),
        "a whole hash": named("orders-" + "8b1a9953c4611296a827abf8c47804d7e6f0a3b2"),
        "a hash behind a dot": named("orders.1f3a9c02be"),
        "a commit in short": named("orders-migration-1f3a9c0"),
        "a commit without a digit": named("orders-migration-abcdefa"),
        "a hash in base 36": named("orders-migration-k3x9q2zt"),
        "the build's time": named("orders-migration-20261121190000"),
        "a name that Pulumi gives": [
            migration("metadata", value={"name": "orders-migration-d3c2b1a", "namespace": "shop", "labels": {"app": "orders"},
                                         "annotations": {"pulumi.com/autonamed": "true"}}),
        ],
        "a name that Kubernetes gives": [
            migration("metadata", value={"generateName": "orders-migration-", "namespace": "shop", "labels": {"app": "orders"}}),
        ],
        "a TTL that is null": [migration("spec", "ttlSecondsAfterFinished", value=None)],
        "a deadline and no restart": [
            migration("spec", "activeDeadlineSeconds", value=600.0), migration("spec", "backoffLimit", value=0.0), *named("orders-0f3b1c5d7e"),
        ],
        "a CronJob by a fixed name, whose Jobs vanish": beside(
            "CronJob", name="nightly", spec={"schedule": "0 3 * * *", "successfulJobsHistoryLimit": 1.0},
        ),
    },
}  # fmt: skip


def migrates(*words: str, **said: Any) -> list[Change]:
    return [
        migration(*APP, "command", value=[*words]),
        *(migration(*APP, key, value=value) for key, value in said.items()),
    ]


def first(**said: Any) -> list[Change]:
    """In place of the Job, an init container of the service."""
    starting = image(name="schema", ports=None, readinessProbe=None, livenessProbe=None, **said)
    return [Removed(MIGRATION), pod("initContainers", value=[starting])]


SCHEMA_MIGRATION: Variations = {
    "schema-migration": {
        "an init container": first(command=["npx", "prisma", "migrate", "deploy"]),
        "a script of one's own, which the Job says": [
            migration("metadata", "annotations", value={"plinth.dev/schema-migration": "runs"}), *migrates("bin/tables"),
        ],
        "an image made to migrate": first(image="registry.example.com/orders-migrations:1.4.2"),
        "Flyway, its command in args": first(image="registry.example.com/flyway:11.8", args=["-connectRetries=60", "migrate"]),
        "Alembic": migrates("alembic", "-c", "/app/alembic.ini", "upgrade", "head"),
        "Flask": migrates("flask", "--app", "orders", "db", "upgrade"),
        "Django, in a shell": migrates("/bin/sh", "-c", "python manage.py migrate --noinput && python manage.py loaddata start"),
        "Rails, which prepares": migrates("bin/rails", "db:prepare"),
        "Entity Framework": migrates("dotnet", "ef", "database", "update"),
        "a bundle of Entity Framework": migrates("./efbundle"),
        "Atlas, from the schema that is wanted": migrates("atlas", "schema", "apply", "--env", "prod", "--auto-approve"),
        "Drizzle": migrates("npx", "drizzle-kit", "push"),
        "yoyo": migrates("yoyo", "apply", "--batch"),
        "the tables in one script": migrates("psql", "-v", "ON_ERROR_STOP=1", "-f", "/sql/schema.sql"),
        "goose": migrates("goose", "-dir", "/migrations", "postgres", "up"),
        "before the server, in the same command": [
            Removed(MIGRATION), container("command", value=["/bin/sh", "-c"]), container("args", value=["npm run migrate && exec node dist/main.js"]),
        ],
        "a Job of another image, by the service's label": [
            migration(*APP, "image", value="registry.example.com/liquibase:4.33"), *migrates("liquibase", "update"),
        ],
        "a Job by the recommended label": [
            migration("metadata", "labels", value={"app.kubernetes.io/name": "orders"}), migration(*APP, "image", value="registry.example.com/dbmate:2.28"),
            orders("metadata", "labels", value={"app": "orders", "app.kubernetes.io/name": "orders"}), *migrates("dbmate", "up"),
        ],
        "a reader, which says that nothing has to": [
            Removed(MIGRATION), orders("metadata", value={
                "name": "orders", "namespace": "shop", "labels": {"app": "orders"}, "annotations": {"plinth.dev/schema-migration": "none"},
            }),
        ],
    },
}  # fmt: skip

SQL = "CREATE ROLE chat LOGIN; CREATE DATABASE chat_db OWNER chat;"


def makes(*words: str, **said: Any) -> list[Change]:
    """The Job of the databases runs other words; `chat` has its own as before."""
    return [
        Flip(*DATABASES, (*APP, "command"), [*words]),
        *(Flip(*DATABASES, (*APP, key), value) for key, value in said.items()),
    ]


def script(text: str) -> list[Change]:
    return makes("psql", "-v", "ON_ERROR_STOP=1", "-c", f"{SQL} {text}")


def mounted(holder: Added) -> list[Change]:
    kind = {"ConfigMap": {"configMap": {"name": "sql"}}, "Secret": {"secret": {"secretName": "sql"}}}[
        holder.type.rpartition(":")[2]
    ]
    volume: list[dict[str, Any]] = [{"name": "tmp", "emptyDir": {}}, {"name": "sql", **kind}]
    return [holder, *makes("psql", "-f", "/sql/all.sql"), Flip(*DATABASES, (*TEMPLATE, "volumes"), volume)]


ORDERS_SQL = "CREATE ROLE orders LOGIN; CREATE DATABASE orders_db OWNER orders;"

SERVICE_DATABASE: Variations = {
    "service-database": {
        "a user in place of a role": script("CREATE USER orders WITH LOGIN; CREATE DATABASE orders_db WITH OWNER = orders ENCODING 'UTF8'"),
        "quoted names": script('CREATE ROLE "orders" LOGIN; CREATE DATABASE "orders_db" OWNER "orders"'),
        "names in capitals, which PostgreSQL folds": script("create role ORDERS login; create database Orders_DB owner ORDERS"),
        "only where it is not there yet": script(
            "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'orders') THEN CREATE ROLE orders LOGIN; END IF; END $$; "
            "SELECT 'CREATE DATABASE orders_db OWNER orders' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'orders_db')\\gexec"
        ),
        "PostgreSQL's own commands": makes("/bin/sh", "-c", f"psql -c '{SQL}'; createuser --login orders; createdb --owner=orders -T template0 orders_db"),
        "names from variables": makes(
            "/bin/sh", "-c", f'psql -c "{SQL}"; psql -c "CREATE ROLE ${{SERVICE}} LOGIN"; createdb -O $SERVICE "${{SERVICE}}_db"',
            env=[{"name": "SERVICE", "value": "orders"}, {"name": "PGHOST", "value": UNKNOWN}],
        ),
        "a login through IAM": script("CREATE USER orders; GRANT rds_iam TO orders; CREATE DATABASE orders_db OWNER orders"),
        "a script in a ConfigMap": mounted(added("ConfigMap", "sql", data={"all.sql": f"{SQL}\n{ORDERS_SQL}"})),
        "a script in a Secret": mounted(added("Secret", "sql", stringData={"all.sql": f"{SQL}\n{ORDERS_SQL}"})),
        "the tool's table": mounted(added("ConfigMap", "sql", data={
            "databases.csv": "database,owner,read_only\norders_db,orders,\nchat_db,chat,reports\n",
        })),
        "Pulumi's provider of PostgreSQL": [
            *script(""), Added("postgresql:index/role:Role", "orders", {"name": "orders", "login": True}),
            Added("postgresql:index/database:Database", "orders", {"name": "orders_db", "owner": "orders"}),
        ],
        "the server's first database": [env("DB_NAME", "shop")],
        "all in one URL": [variables(
            DATABASE_URL="postgresql://$(DB_USER):$(DB_PASSWORD)@$(DB_HOST):5432/$(DB_NAME)?sslmode=verify-full", POSTGRES_CONNECTION_STRING="jdbc:postgresql://$(DB_HOST):5432/orders_db",
        )],
        "PostgreSQL's own variables": [variables(PGDATABASE="orders_db", PGUSER="orders", PGHOST=UNKNOWN)],
        "names from a ConfigMap": [
            added("ConfigMap", "orders-database", data={"name": "orders_db"}),
            variables(REPORTS_DB_NAME={"configMapKeyRef": {"name": "orders-database", "key": "name"}}),
        ],
        "a database beside the pods": beside(
            "Deployment", image(env=[{"name": "DB_HOST", "value": "postgres.shop.svc"}, {"name": "DB_NAME", "value": "scratch"}]),
        ),
    },
}  # fmt: skip

VARIATIONS: Variations = {**JOB_IMMUTABILITY, **SCHEMA_MIGRATION, **SERVICE_DATABASE}
