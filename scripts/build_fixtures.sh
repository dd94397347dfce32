#!/usr/bin/env bash
# Builds app.apk in every folder below fixtures/ that has an AndroidManifest.xml, or in the folders given.
# The same source, key and tools give the same bytes. A folder's `build.args` adds arguments.
#
#   apt-get install default-jdk-headless aapt apksigner zipalign android-framework-res libsmali-java \
#       libjcommander-java libantlr3-runtime-java libguava-java libstringtemplate-java
set -euo pipefail
cd "$(dirname "$0")/.."

tools=.cache/tools
for command in javac aapt apksigner zipalign python3; do
    command -v "$command" >/dev/null || { echo "build_fixtures: $command is missing; the packages are named at the top of $0" >&2; exit 2; }
done
[ -f "$tools/d8.jar" ] || python3 scripts/build_fixture.py --get-tools "$tools"

if [ $# -gt 0 ]; then folders=("$@"); else mapfile -t folders < <(find fixtures -name AndroidManifest.xml -printf '%h\n' | sort); fi
for folder in "${folders[@]}"; do
    arguments=()
    [ -f "$folder/build.args" ] && read -r -a arguments < "$folder/build.args"
    python3 scripts/build_fixture.py --tools "$tools" --key fixtures/key.p12 --debug "${arguments[@]}" "$folder" "$folder/app.apk"
done
