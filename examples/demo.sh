#!/bin/sh
# The whole job on simulated hosts: installs busybox where it is missing, builds, runs `esxi demo`.
set -eu
cd "$(dirname "$0")/.."
if ! command -v busybox >/dev/null; then
  root=
  [ "$(id -u)" = 0 ] || root=sudo
  $root apt-get update -qq
  $root apt-get install -y -qq busybox
fi
exec cargo run --release --quiet -p esxi-cli -- demo "$@"
