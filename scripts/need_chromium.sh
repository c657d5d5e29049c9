#!/usr/bin/env bash
# The browser tests drive the system's Chromium: use it where it is, install it as root on Debian or Ubuntu, else say how.
set -euo pipefail
for name in chromium chromium-browser google-chrome; do
  if command -v "$name" >/dev/null; then exit 0; fi
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium fonts-dejavu-core >/dev/null
  exit 0
fi
echo "The tests need Chromium: sudo apt-get install chromium fonts-dejavu-core" >&2
exit 1
