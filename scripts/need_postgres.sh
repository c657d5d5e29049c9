#!/usr/bin/env bash
# The store's and the jobs' tests also run on a real PostgreSQL server: use the one that is installed, install Debian's as
# root, else say loudly that these tests will skip. No cluster is made and no service started: tests start their own.
set -euo pipefail
shopt -s nullglob
if command -v initdb >/dev/null; then exit 0; fi
for program in /usr/lib/postgresql/*/bin/initdb; do
  if [ -x "$program" ]; then exit 0; fi
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  apt-get update -qq
  mkdir -p /etc/postgresql-common
  [ -e /etc/postgresql-common/createcluster.conf ] || echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf
  if DEBIAN_FRONTEND=noninteractive apt-get install -y -qq -o Dpkg::Options::=--force-confold postgresql >/dev/null; then exit 0; fi
fi
echo "************************************************************************************************" >&2
echo "No PostgreSQL server: its tests are SKIPPED. To run them too: sudo apt-get install postgresql" >&2
echo "************************************************************************************************" >&2
