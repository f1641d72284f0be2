#!/bin/sh
# Run once by PostgreSQL's image, over an empty volume: a role and a database for each of the two, closed to the other.
set -eu
for name in dagster superset; do
  psql --username "$POSTGRES_USER" --set ON_ERROR_STOP=1 --set name="$name" \
    --set password="$(cat "/run/secrets/${name}_db_password")" <<'SQL'
create role :"name" login password :'password';
create database :"name" owner :"name";
revoke all on database :"name" from public;
SQL
done
