#!/bin/sh
# Installs the Debian packages that the tests use (or those named), as root; else says which command does.
# Services of freshly installed packages are not started: the tests start their own, on loopback.
set -eu
here=$(dirname "$0")
wanted=${*:-$(sed 's/#.*//' "$here/system-packages.txt")}
command -v dpkg-query >/dev/null || { echo "no Debian package tools here; needed are: $wanted" >&2; exit 0; }
missing=
for package in $wanted; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" != 0 ]; then
  echo "missing system packages; install them with:" >&2
  echo "  sudo apt-get install -y --no-install-recommends$missing" >&2
  exit 1
fi
echo "installing$missing ..." >&2
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
  printf '#!/bin/sh\nexit 101\n' >$policy
  chmod 755 $policy
  trap 'rm -f $policy' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
if ! { apt-get update && apt-get install -y --no-install-recommends $missing; } >"$log" 2>&1; then
  tail -n 20 "$log" >&2
  exit 1
fi
rm -f "$log"
