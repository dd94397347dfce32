#!/usr/bin/env python3
"""build_rejections.py DIR - build the apps of fixtures/rejections and fixtures/renamed into DIR, with real SDKs.

Each folder there is laid over fixtures/rejections/base and built by build_fixture.py with the libraries that
its case.toml names, of those that fixtures/sdks.toml lists. The libraries are fetched into DIR/sdks, D8 and
android.jar into .cache/tools. Those with a rules.pro go through R8, whose mapping
is kept beside the app. An app newer than everything it is made of is left alone; nothing is committed.
"""
import glob
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CASES = os.path.join(ROOT, "fixtures", "rejections")
TOOLS = os.path.join(ROOT, ".cache", "tools")
COMMANDS = {"javac": "default-jdk-headless", "aapt": "aapt", "apksigner": "apksigner", "zipalign": "zipalign"}


def script(name, *arguments):
    subprocess.run([sys.executable, os.path.join(ROOT, "scripts", name), *arguments], check=True)


def newest(folder):
    return max(os.path.getmtime(path) for path in glob.glob(os.path.join(folder, "**"), recursive=True))


def library(sdks, name):
    """The jar called so, taken out of an AAR where it comes in one."""
    jar, aar = (os.path.join(sdks, name + end) for end in (".jar", ".aar"))
    if not os.path.isfile(jar) and os.path.isfile(aar):
        with zipfile.ZipFile(aar) as source, open(jar, "wb") as target:
            target.write(source.read("classes.jar"))
        os.utime(jar, (os.path.getmtime(aar),) * 2)
    if not os.path.isfile(jar):
        raise SystemExit("build_rejections: no library %s in fixtures/sdks.toml" % name)
    return jar


def sources(sdks, row, target):
    """Copies the Java sources of a package, without those whose path the row leaves out."""
    with tarfile.open(os.path.join(sdks, row["package"] + ".package")) as archive:
        for member in archive:
            name = os.path.relpath(member.name, row["under"])
            if name.startswith("..") or not name.endswith(".java"):
                continue
            if any(re.search(pattern, name) for pattern in row.get("without", [])):
                continue
            path = os.path.join(target, row["package"], name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(archive.extractfile(member).read())


def main():
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    missing = sorted(package for command, package in COMMANDS.items() if not shutil.which(command))
    if missing:
        raise SystemExit("build_rejections: missing tools; apt-get install --no-install-recommends " + " ".join(missing))
    out = os.path.abspath(sys.argv[1])
    sdks = os.path.join(out, "sdks")
    script("fetch_corpus.py", "--corpus", os.path.join(ROOT, "fixtures", "sdks.toml"), sdks)
    script("build_fixture.py", "--get-tools", TOOLS)
    base = os.path.join(CASES, "base")
    renamed = os.path.join(ROOT, "fixtures", "renamed", "*", "case.toml")
    for case in sorted(glob.glob(os.path.join(CASES, "*", "case.toml")) + glob.glob(renamed)):
        folder = os.path.dirname(case)
        app = os.path.join(out, os.path.basename(folder) + ".apk")
        with open(case, "rb") as file:
            rows = tomllib.load(file)
        jars = [library(sdks, name) for name in rows["libraries"]]
        used = jars + [os.path.join(sdks, row["package"] + ".package") for row in rows.get("sources", [])]
        if os.path.isfile(app) and os.path.getmtime(app) > max([newest(folder), newest(base), *map(os.path.getmtime, used)]):
            continue
        with tempfile.TemporaryDirectory() as work:
            source = os.path.join(work, "source")
            shutil.copytree(base, source)
            shutil.copytree(folder, source, dirs_exist_ok=True)
            for row in rows.get("sources", []):
                sources(sdks, row, os.path.join(source, "src"))
            print(os.path.basename(folder), flush=True)
            minify = os.path.isfile(os.path.join(folder, "rules.pro"))
            how = ["--minify", "--mapping", app[:-4] + ".map"] if minify else ["--debug"]
            script("build_fixture.py", "--tools", TOOLS, "--key", os.path.join(ROOT, "fixtures", "key.p12"), *how,
                   *(argument for jar in jars for argument in ("--jar", jar)), source, app)


main()
