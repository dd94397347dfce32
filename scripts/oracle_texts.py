#!/usr/bin/env python3
"""oracle_texts.py CORPUS_DIR OUT.json - what aapt says every @string of the corpus reads.

For each APK, the count and SHA-256 of the sorted lines `name<TAB>text` of all string resources, once in
the default configuration and once in the Chinese one a device set to 简体中文 takes. References are followed.
Empty texts are left out. Needs aapt (Debian package `aapt`).
"""
import glob
import hashlib
import json
import os
import re
import subprocess
import sys

CONFIG = re.compile(r"^      config (\S+?):$")
RESOURCE = re.compile(r"^ *resource 0x([0-9a-f]{8}) (\S+?):string/(\S+?): t=0x(\S\S) d=0x([0-9a-f]{8})")
TEXT = re.compile(r'^ *\(string(?:8|16)\) "(.*)$', re.S)
ESCAPES = {"n": "\n", "\\": "\\", '"': '"'}
# From best to worst for a device set to zh-CN; none of them: the default.
CHINESE = ["zh-rCN", "b+zh+Hans+CN", "b+zh+Hans", "zh", "(default)"]


def unescape(text):
    return re.sub(r"\\(.)", lambda match: ESCAPES.get(match.group(1), match.group(0)), text, flags=re.S)


def table(path):
    """{(id, config): (name, text or referenced id)}"""
    process = subprocess.run(["aapt", "dump", "--values", "resources", path], capture_output=True, check=False,
                             env=dict(os.environ, LC_ALL="C.UTF-8"))
    out, config, pending = {}, None, None
    for line in process.stdout.decode("utf-8", "replace").split("\n"):
        if match := CONFIG.match(line):
            config, pending = match.group(1), None
        elif match := RESOURCE.match(line):
            key, name, kind = (int(match.group(1), 16), config), match.group(3), match.group(4)
            pending = (key, name) if kind == "03" else None
            if kind in ("01", "07"):
                out[key] = (name, int(match.group(5), 16))
        elif pending and (match := TEXT.match(line)):
            out[pending[0]] = (pending[1], match.group(1))
            pending = pending if not match.group(1).endswith('"') else None
        elif pending and pending[0] in out:
            # aapt leaves real line breaks as they are
            name, text = out[pending[0]]
            out[pending[0]] = (name, text + "\n" + line)
            pending = pending if not line.endswith('"') else None
    return {key: (name, unescape(text[:-1]) if isinstance(text, str) else text) for key, (name, text) in out.items()}


def resolve(rows, ident, order, depth=0):
    for config in order:
        if (ident, config) in rows:
            text = rows[ident, config][1]
            if isinstance(text, int):
                return resolve(rows, text, order, depth + 1) if depth < 16 else None
            return text
    return None


def digest(rows, order):
    names = {ident: name for (ident, _), (name, _) in rows.items()}
    lines = sorted(f"{name}\t{text}" for ident, name in names.items() if (text := resolve(rows, ident, order)))
    return {"count": len(lines), "sha256": hashlib.sha256("\n".join(lines).encode()).hexdigest()}


def main():
    corpus, target = sys.argv[1:]
    out = {}
    for path in sorted(glob.glob(os.path.join(corpus, "*.apk"))):
        rows = table(path)
        out[os.path.basename(path)[:-4]] = {"default": digest(rows, ["(default)"]), "zh": digest(rows, CHINESE)}
    with open(target, "w", encoding="utf-8") as file:
        json.dump(out, file, indent=1, sort_keys=True)
        file.write("\n")


main()
