#!/usr/bin/env python3
"""The crates that the program is built from, as a CycloneDX 1.5 document on stdout.

Reads `cargo metadata` for one target: crates of tests and benchmarks are left out, those of the build are marked.
"""

import argparse
import json
import subprocess


def crates(target):
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--filter-platform", target]
    meta = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    nodes = {node["id"]: node for node in meta["resolve"]["nodes"]}
    packages = {package["id"]: package for package in meta["packages"]}
    root = meta["resolve"]["root"]
    # In the program: reached by normal dependencies alone. Build scripts' crates run while building.
    reached = {}
    waiting = [(root, True)]
    while waiting:
        package, shipped = waiting.pop()
        if reached.get(package) or package in reached and not shipped:
            continue
        reached[package] = shipped
        for dependency in nodes[package]["deps"]:
            kinds = {kind["kind"] for kind in dependency["dep_kinds"]}
            if None in kinds:
                waiting.append((dependency["pkg"], shipped))
            elif "build" in kinds:
                waiting.append((dependency["pkg"], False))
    return packages, nodes, root, reached


def component(package, shipped):
    purl = "pkg:cargo/%s@%s" % (package["name"], package["version"])
    out = {
        "type": "library",
        "bom-ref": purl,
        "name": package["name"],
        "version": package["version"],
        "scope": "required" if shipped else "excluded",
        "purl": purl,
    }
    if package.get("license"):
        out["licenses"] = [{"expression": package["license"].replace("/", " OR ")}]
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", required=True)
    arguments = parser.parse_args()
    packages, nodes, root, reached = crates(arguments.target)
    purl = {key: "pkg:cargo/%s@%s" % (packages[key]["name"], packages[key]["version"]) for key in reached}
    own = packages[root]
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "component": dict(component(own, True), type="application"),
            "properties": [{"name": "target", "value": arguments.target}],
        },
        "components": sorted(
            (component(packages[key], shipped) for key, shipped in reached.items() if key != root),
            key=lambda row: row["bom-ref"],
        ),
        "dependencies": sorted(
            (
                {"ref": purl[key], "dependsOn": sorted({purl[d["pkg"]] for d in nodes[key]["deps"] if d["pkg"] in purl})}
                for key in reached
            ),
            key=lambda row: row["ref"],
        ),
    }
    print(json.dumps(document, indent=2))


main()
