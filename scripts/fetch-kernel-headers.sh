#!/bin/sh
# Unpacks the newest Debian kernel headers into a folder, for generate-syscalls.ts. Installs nothing.
# linux-libc-dev has the numbers of every architecture, linux-headers-*-common the kernel-internal errnos.
# Usage: scripts/fetch-kernel-headers.sh FOLDER [SUITE...]     (suites: trixie-backports sid)
# The mirror is the one this machine's apt already uses; run apt-get update once before.
set -eu
folder=$1
shift
[ $# -gt 0 ] || set -- trixie-backports sid
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Label: Debian' | head -n 1)
[ -n "$mirror" ] || { echo "apt knows no Debian mirror; run apt-get update first" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$folder" "$work/lists/partial" "$work/cache/archives/partial"
for suite in "$@"; do
	echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main"
done >"$work/sources.list"
cat >"$work/apt.conf" <<END
Dir::Etc::sourcelist "$work/sources.list";
Dir::Etc::sourceparts "-";
Dir::State::lists "$work/lists";
Dir::Cache "$work/cache";
APT::Sandbox::User "root";
END
export APT_CONFIG="$work/apt.conf"
cd "$work"
apt-get -q update
newest() { sort -t= -k2 -V | tail -n 1; }
versions() { apt-cache madison "$1" | awk -F ' *[|] *' '{ gsub(/ /, "", $1); print $1 "=" $2 }'; }
libc=$(versions linux-libc-dev | newest)
common=$(versions "$(apt-cache search --names-only '^linux-headers-.*-common$' | cut -d' ' -f1 | sort -V | tail -n 1)" | newest)
apt-get -q download "$libc" "$common"
cd - >/dev/null
for deb in "$work"/*.deb; do dpkg-deb -x "$deb" "$folder"; done
echo "$libc $common" >"$folder/VERSIONS"
cat "$folder/VERSIONS"
