#!/usr/bin/env bash
# Builds app.apk in every folder below fixtures/ that has an AndroidManifest.xml, or in the folders given.
# The same source, key and tools give the same bytes. A folder's `build.args` adds arguments.
#
#   scripts/build_fixtures.sh [--tools DIR] [FOLDER...]   DIR holds d8.jar and android.jar, fetched once;
#                                                         default .cache/tools
set -euo pipefail
chosen=""
if [ "${1:-}" = --tools ]; then
    chosen=$(realpath -m "${2:?--tools needs a folder}")
    shift 2
fi
given=()
for folder in "$@"; do
    [ -f "$folder/AndroidManifest.xml" ] || { echo "build_fixtures: no AndroidManifest.xml in $folder" >&2; exit 2; }
    given+=("$(realpath "$folder")")
done
cd "$(dirname "$0")/.."
tools=${chosen:-.cache/tools}

missing=()
need() { # Debian package, what it brings: a command or a file
    command -v "$2" >/dev/null || [ -e "$2" ] || missing+=("$1")
}
need python3 python3
need default-jdk-headless javac
need aapt aapt
need apksigner apksigner
need zipalign zipalign
need kotlin kotlinc
# Without it aapt would fall back to an older framework and give other bytes.
need android-framework-res /usr/share/android-framework-res/framework-res.apk
if [ ${#missing[@]} -gt 0 ]; then
    echo "build_fixtures: missing tools; apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 2
fi
python3 scripts/build_fixture.py --get-tools "$tools"

folders=("${given[@]}")
[ ${#folders[@]} -gt 0 ] || mapfile -t folders < <(find fixtures -name AndroidManifest.xml -printf '%h\n' | sort)
for folder in "${folders[@]}"; do
    arguments=()
    [ -f "$folder/build.args" ] && read -r -a arguments < "$folder/build.args"
    # Line numbers for evidence; not when minifying, since R8 renames nothing in debug mode.
    [[ " ${arguments[*]} " = *" --minify "* ]] || arguments+=(--debug)
    python3 scripts/build_fixture.py --tools "$tools" --key fixtures/key.p12 "${arguments[@]}" "$folder" "$folder/app.apk"
done
