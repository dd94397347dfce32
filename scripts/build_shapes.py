#!/usr/bin/env python3
"""build_shapes.py DIR [--only REGEX] [--without REGEX] - make signatures/shapes.tsv anew.

Fetches the libraries of fixtures/shapes.toml and fixtures/sdks.toml into DIR, dexes each with D8 into a package
of its own, and has `mingcha signatures shapes` read what their classes show whatever their names are. The packages of the registry
corpus are read as well: they carry libraries, and what their own code shares with libraries is no library's.
Whose a class is, its own name tells. Nothing fetched is committed.
"""
import argparse
import glob
import os
import re
import subprocess
import sys
import tempfile
import tomllib
import zipfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TOOLS = os.path.join(ROOT, ".cache", "tools")
SOURCES = [os.path.join(ROOT, "fixtures", name) for name in ("shapes.toml", "sdks.toml")]
TABLE = os.path.join(ROOT, "signatures", "shapes.tsv")
# Any manifest does: the libraries are looked at, not the app.
MANIFEST = os.path.join(ROOT, "fixtures", "rules", "unused-permission", "compliant", "app.apk")


def dex(library, package):
    """Writes a package with the library's classes."""
    with tempfile.TemporaryDirectory() as work:
        jar = library
        if library.endswith(".aar"):
            jar = os.path.join(work, "classes.jar")
            with zipfile.ZipFile(library) as source, open(jar, "wb") as target:
                target.write(source.read("classes.jar"))
        command = ["java", "-cp", os.path.join(TOOLS, "d8.jar"), "com.android.tools.r8.D8", "--min-api", "21",
                   "--lib", os.path.join(TOOLS, "android.jar"), "--output", work, jar]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            print("%s: D8 failed: %s" % (os.path.basename(library), done.stdout[-300:].strip()), file=sys.stderr)
            return False
        with zipfile.ZipFile(MANIFEST) as base, zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED) as target:
            target.writestr("AndroidManifest.xml", base.read("AndroidManifest.xml"))
            for path in sorted(glob.glob(os.path.join(work, "classes*.dex"))):
                target.write(path, os.path.basename(path))
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dir")
    parser.add_argument("--only", default="")
    parser.add_argument("--without", default="^$")
    parser.add_argument("--mingcha", default="mingcha", help="the program to call")
    parser.add_argument("-o", "--output", default=TABLE)
    arguments = parser.parse_args()
    script = [sys.executable, os.path.join(ROOT, "scripts", "fetch_corpus.py")]
    rows = {"jar": [], "aar": []}
    for source in SOURCES:
        subprocess.run([*script, "--corpus", source, arguments.dir], check=True)
        with open(source, "rb") as file:
            listed = tomllib.load(file)
        for kind, all_rows in rows.items():
            all_rows.extend(row for row in listed.get(kind, []) if row["id"] not in {old["id"] for old in all_rows})
    subprocess.run([sys.executable, os.path.join(ROOT, "scripts", "build_fixture.py"), "--get-tools", TOOLS], check=True)
    corpus = os.path.join(ROOT, ".cache", "corpus")
    subprocess.run([*script, corpus], check=True)
    packages = sorted(glob.glob(os.path.join(corpus, "*.apk")))
    for kind, listed in rows.items():
        for row in listed:
            library = os.path.join(arguments.dir, "%s.%s" % (row["id"], kind))
            package = os.path.join(arguments.dir, row["id"] + ".zip")
            if os.path.isfile(package) or dex(library, package):
                packages.append(package)
    chosen = [p for p in packages if re.search(arguments.only, os.path.basename(p))
              and not re.search(arguments.without, os.path.basename(p))]
    subprocess.run([arguments.mingcha, "signatures", "shapes", *chosen, "-o", arguments.output], check=True)


main()
