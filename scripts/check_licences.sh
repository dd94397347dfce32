#!/usr/bin/env bash
# Checks licences, bans and sources of all dependencies against deny.toml. Uses cargo-deny where it
# is installed; otherwise compares the licences that `cargo metadata` reports with the same list.
# Advisories need a network and cargo-deny: `cargo deny check advisories`.
set -euo pipefail
cd "$(dirname "$0")/.."

if command -v cargo-deny >/dev/null; then
    exec cargo deny --locked check licenses bans sources
fi
cargo metadata --locked --format-version 1 | python3 scripts/check_licences.py deny.toml
