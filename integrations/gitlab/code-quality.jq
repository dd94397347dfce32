# A JSON report of mingcha as GitLab's code-quality list: findings that count, with the place of the first proof.
def place:
  (.evidence[0] // {}) as $first
  | if $first.kind == "code" and (($first.source // "") | test(":[0-9]+$")) then
      { path: (($first.class | split("$")[0] | split(".")[:-1] | join("/")) + "/" + ($first.source | split(":")[0])),
        lines: { begin: ($first.source | split(":")[1] | tonumber) } }
    elif $first.kind == "layout" then { path: $first.file, lines: { begin: ([$first.line, 1] | max) } }
    elif $first.kind == "manifest" then { path: "AndroidManifest.xml", lines: { begin: ([$first.line, 1] | max) } }
    else { path: "AndroidManifest.xml", lines: { begin: 1 } } end;

[ .outcomes[] as $outcome
  | $outcome.findings[]
  | select((.state // "new") == "new")
  | { description: "[\(.verdict)] \(.title): \(.explanation)",
      check_name: $outcome.rule,
      fingerprint: .fingerprint,
      severity: ({ critical: "blocker", high: "critical", medium: "major", low: "minor", info: "info" }[.severity]),
      location: place } ]
