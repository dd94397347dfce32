#!/usr/bin/env bash
# What to run before an app goes to a store.
#
#   pre-submit.sh NEW.apk [OLD.apk|OLD-REPORT.json]
#
# Scans NEW as mingcha.toml says (threshold high where it says none), and shows what came since OLD. The report
# stays beside the app; keep it, it serves as OLD next time.
set -euo pipefail
if [ $# -lt 1 ] || [ $# -gt 2 ]; then
    sed -n '2,7s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
new=$1
old=${2:-}
report="${new%.*}.mingcha.json"

threshold=(--fail-on high)
# Settings that name a threshold are the project's own decision.
folder=$PWD
while [ "$folder" != / ] && [ ! -f "$folder/mingcha.toml" ]; do folder=$(dirname "$folder"); done
if grep -qs '^[[:space:]]*fail-on[[:space:]]*=' "$folder/mingcha.toml"; then threshold=(); fi

code=0
mingcha scan "$new" --format json -o "$report" "${threshold[@]}" || code=$?
[ "$code" -le 1 ] || exit "$code"
if [ -n "$old" ]; then
    mingcha diff "$old" "$report"
fi
echo "report: $report" >&2
exit "$code"
