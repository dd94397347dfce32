#!/usr/bin/env python3
"""androguard_scan.py APK - the work of a scan done with androguard, for `cargo bench --bench scan -- --androguard`.

AnalyzeAPK decodes manifest, resources and all methods and links calls, fields and strings; then permissions,
components, certificates and the call graph. Prints the seconds spent, up to the cross references and up to
the call graph, and the peak memory in bytes. Needs androguard 4 (Python package).
"""
import resource
import sys
import time

from loguru import logger

logger.remove()
start = time.perf_counter()
from androguard.misc import AnalyzeAPK  # noqa: E402

apk, _, analysis = AnalyzeAPK(sys.argv[1])
assert apk.get_package() and apk.get_permissions() is not None
assert apk.get_activities() is not None and apk.get_certificates() is not None
linked = time.perf_counter() - start
graph = analysis.get_call_graph()
assert graph.number_of_nodes() > 0
whole = time.perf_counter() - start
print(linked, whole, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
