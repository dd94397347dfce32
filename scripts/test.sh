#!/usr/bin/env bash
# Passes all tests on a fresh Debian or Ubuntu machine with rustup: installs what the tests need,
# fetches the corpus of real APKs into .cache/ (about 140 MiB, once), builds apps with real SDKs there, and
# runs the tests.
#
#   MINGCHA_OFFLINE=1 scripts/test.sh   skip the tests that need what is fetched, and say so
#   MINGCHA_CORPUS=DIR scripts/test.sh  use a corpus that is already there
set -euo pipefail
cd "$(dirname "$0")/.."

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; elif command -v sudo >/dev/null; then sudo "$@"; else "$@"; fi; }

need() { # command, Debian package
    command -v "$1" >/dev/null || missing="$missing $2"
}

missing=""
need cc build-essential
need python3 python3
need curl curl
if [ -z "${MINGCHA_OFFLINE:-}" ]; then
    need npm npm
    need javac default-jdk-headless
    for tool in aapt apksigner zipalign; do need $tool $tool; done
    [ -e /usr/share/android-framework-res/framework-res.apk ] || missing="$missing android-framework-res"
    need chromium chromium
    # Pages are laid out and printed in Chinese.
    [ -n "$(ls -d /usr/share/fonts/*/noto/*CJK* 2>/dev/null)" ] || missing="$missing fonts-noto-cjk"
    python3 -m pip --version >/dev/null 2>&1 || missing="$missing python3-pip"
fi
if [ -n "$missing" ]; then
    # shellcheck disable=SC2086
    as_root apt-get update -qq && as_root apt-get install -y --no-install-recommends $missing
fi

if [ -z "${MINGCHA_OFFLINE:-}" ]; then
    python3 scripts/fetch_corpus.py "${MINGCHA_CORPUS:-.cache/corpus}"
    python3 scripts/build_rejections.py .cache/rejections
    python3 scripts/fetch_corpus.py .cache/readers --corpus fixtures/readers.toml
    # Readers of reports, apart from the system's packages.
    readers="openpyxl==3.1.5 junitparser==5.0.3 playwright==1.65.2 taplo==0.9.3"
    if [ "$(cat .cache/python/made-of 2>/dev/null)" != "$readers" ]; then
        rm -rf .cache/python
        # shellcheck disable=SC2086
        python3 -m pip install --quiet --disable-pip-version-check --root-user-action ignore \
            --target .cache/python $readers
        echo "$readers" >.cache/python/made-of
    fi
fi
cargo test --locked --no-fail-fast
