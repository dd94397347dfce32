#!/usr/bin/env bash
# Builds a release archive for one target: program, manual pages, completions, licence, list of components (SBOM), and
# the archive's checksum beside it.
#
#   scripts/package.sh TARGET [FOLDER]      e.g. x86_64-unknown-linux-musl dist
set -euo pipefail
cd "$(dirname "$0")/.."

target=${1:?usage: scripts/package.sh TARGET [FOLDER]}
folder=${2:-dist}
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
name="mingcha-$version-$target"
build=${CARGO_TARGET_DIR:-target}

cargo build --release --locked --target "$target"
program=mingcha
case $target in *windows*) program=mingcha.exe ;; esac

stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
mkdir -p "$stage/$name/man" "$stage/$name/completions" "$folder"
cp "$build/$target/release/$program" README.md LICENSE "$stage/$name/"

# A program of another machine cannot write its own pages; a native one, where there is any, does it then.
writer="$build/$target/release/$program"
"$writer" --version > /dev/null 2>&1 || writer=${MINGCHA:-mingcha}
"$writer" man "$stage/$name/man"
for shell in bash zsh fish powershell elvish; do
    "$writer" completions "$shell" > "$stage/$name/completions/mingcha.$shell"
done

# What the program is made of, by the lock file, in CycloneDX.
scripts/sbom.py --target "$target" > "$stage/$name/sbom.cdx.json"
cp "$stage/$name/sbom.cdx.json" "$folder/$name.cdx.json"

case $target in
*windows*)
    archive="$name.zip"
    (cd "$stage" && python3 -m zipfile -c "$name.zip" "$name") && mv "$stage/$name.zip" "$folder/$archive"
    ;;
*)
    archive="$name.tar.gz"
    tar -C "$stage" --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -cf - "$name" 2> /dev/null |
        gzip -n9 > "$folder/$archive" || tar -C "$stage" -czf "$folder/$archive" "$name"
    ;;
esac
(cd "$folder" && if command -v sha256sum > /dev/null; then sha256sum "$archive"; else shasum -a 256 "$archive"; fi) \
    > "$folder/$archive.sha256"
cat "$folder/$archive.sha256"
