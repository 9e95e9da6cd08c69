#!/bin/sh
# What scripts/release/build.ts needs on a bare Debian 12, the release that packages are linked for: compilers, packers, and what
# publishes. Node and Helm are not among them: Debian 12 has them too old, or not at all.
set -eu
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -q -y --no-install-recommends \
	buildah ca-certificates clang dpkg-dev fuse-overlayfs g++ gh git libbpf-dev lld make rpm
