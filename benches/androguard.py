#!/usr/bin/env python3
"""androguard.py [APK...] - mingcha against androguard on the same work, in one run.

androguard: AnalyzeAPK, which decodes manifest, resources and all methods and links calls, fields and strings;
then permissions, components and certificates. mingcha: a whole scan, rules included, as a process.
Prints the minimum of the runs and their ratio. Needs androguard 4 (Python package) and a release build:

    cargo build --release && python3 benches/androguard.py .cache/corpus/lumen.apk
"""
import os
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PROGRAM = os.path.join(os.environ.get("CARGO_TARGET_DIR", os.path.join(ROOT, "target")), "release", "mingcha")
DEFAULT = [os.path.join(ROOT, ".cache", "corpus", name + ".apk") for name in ("appium-settings-8.0.10", "lumen", "apidemos-5.0.0")]
PEER = """
import logging, sys
from loguru import logger
logger.remove()
from androguard.misc import AnalyzeAPK
apk, dexes, analysis = AnalyzeAPK(sys.argv[1])
print(len(apk.get_permissions()), len(apk.get_activities()), len(apk.get_certificates()),
      sum(1 for method in analysis.get_methods() for _ in method.get_xref_to()))
"""


def fastest(command, runs):
    best = float("inf")
    for _ in range(runs):
        start = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        best = min(best, time.perf_counter() - start)
    return best


def main():
    print(f"{'APK':<28}{'androguard s':>14}{'mingcha s':>12}{'ratio':>8}")
    for apk in sys.argv[1:] or DEFAULT:
        peer = fastest([sys.executable, "-c", PEER, apk], 1)
        ours = fastest([PROGRAM, "scan", apk, "--format", "json"], 5)
        print(f"{os.path.basename(apk)[:-4]:<28}{peer:>14.2f}{ours:>12.3f}{peer / ours:>8.0f}")


main()
