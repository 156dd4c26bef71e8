#!/usr/bin/env bash
# ptxas_table.sh OBJECT...: a table of what every kernel needs, from the logs that keep_ptxas_log.sh left beside the
# objects. Fails if a kernel spills registers. Dynamic shared memory is known to the launch alone and not listed.
set -euo pipefail
(($# > 0)) || { echo "usage: $0 OBJECT..." >&2 && exit 2; }
echo "# Registers, stack and spills of every kernel, as ptxas reports them"
echo
echo "Made by the target \`ptxas_table\`; a spill fails it."
echo
echo "| kernel | sm | registers | stack bytes | spill bytes |"
echo "| --- | --- | --- | --- | --- |"
for object in "$@"; do
  cat "$object.ptxas"
done | c++filt | awk '
  /Compiling entry function/ {
    name = $0; sub(/.*entry function .?/, "", name); sm = name; sub(/.*for .?sm_/, "", sm); sub(/[^0-9a-z].*/, "", sm)
    sub(/.? for .?sm_.*/, "", name); sub(/^void /, "", name)
    gsub(/graft::cuda::|\(anonymous namespace\)::|graft::/, "", name); sub(/\([^()]*\)$/, "", name)
  }
  /bytes stack frame/ { stack = $1; spill = $5 + $9 }
  /Used [0-9]+ registers/ {
    for (i = 1; i <= NF; ++i) if ($i == "Used") registers = $(i + 1)
    printf "| `%s` | %s | %s | %s | %s |\n", name, sm, registers, stack, spill
    if (spill > 0) { print name " spills on sm_" sm > "/dev/stderr"; failed = 1 }
  }
  END { exit failed }' | LC_ALL=C sort -u
