#!/usr/bin/env python3
"""check_licences.py DENY_TOML < cargo-metadata.json

Fails when a dependency's licence expression cannot be met from the `allow` list of deny.toml and
its exceptions, or when a dependency does not come from the crate registry.
"""
import json
import re
import sys
import tomllib


def met(expression, allowed):
    """Whether an SPDX expression of OR and AND can be met; `/` is the old spelling of OR."""
    tokens = re.findall(r"\(|\)|[^\s()]+", expression.replace("/", " OR "))

    def any_of():
        value = all_of()
        while tokens and tokens[0] == "OR":
            tokens.pop(0)
            other = all_of()
            value = value or other
        return value

    def all_of():
        value = one()
        while tokens and tokens[0] == "AND":
            tokens.pop(0)
            other = one()
            value = value and other
        return value

    def one():
        token = tokens.pop(0)
        if token == "(":
            value = any_of()
            tokens.pop(0)
            return value
        if tokens and tokens[0] == "WITH":
            tokens.pop(0)
            token += " WITH " + tokens.pop(0)
        return token in allowed or token.split(" WITH ")[0] in allowed

    return any_of()


def main():
    with open(sys.argv[1], "rb") as file:
        licences = tomllib.load(file)["licenses"]
    exceptions = {row["crate"]: set(row["allow"]) for row in licences.get("exceptions", [])}
    bad = 0
    packages = json.load(sys.stdin)["packages"]
    for package in packages:
        if package["source"] is None:
            continue
        allowed = set(licences["allow"]) | exceptions.get(package["name"], set())
        expression = package["license"] or ""
        if not package["source"].startswith("registry+"):
            print(f"{package['name']}: comes from {package['source']}, not from the registry")
            bad += 1
        elif not expression or not met(expression, allowed):
            print(f"{package['name']} {package['version']}: licence {expression or 'unknown'!r} is not in deny.toml")
            bad += 1
    print(f"{len(packages)} packages looked at, {bad} refused")
    return 1 if bad else 0


sys.exit(main())
