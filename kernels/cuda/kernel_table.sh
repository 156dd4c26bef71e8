#!/usr/bin/env bash
# kernel_table.sh OBJECT...: what every kernel needs and has, as a table: registers, stack and spills from the logs of
# ptxas that keep_ptxas_log.sh left beside the objects; shared memory and tensor-core instructions from the PTX in the
# objects. Fails on a spill, and on a kernel that is named for mma and has none.
set -euo pipefail
(($# > 0)) || { echo "usage: $0 OBJECT..." >&2 && exit 2; }
echo "# What every kernel needs, as the compiler reports it"
echo
echo "Made by \`./dev cuda update\` with nvcc $("${NVCC:-nvcc}" --version | grep -oE 'V[0-9.]+' | head -n 1); \`./dev cuda\` compares."
echo
echo "| kernel | sm | registers | stack bytes | spill bytes | shared bytes | mma |"
echo "| --- | --- | --- | --- | --- | --- | --- |"
for object in "$@"; do
  strings "$object" | grep -E '\.entry|graft_shared_[0-9]|mma\.sync' | sed 's/^/PTX /' || true
  cat "$object.ptxas"
done | c++filt | awk '
  function plain(name) {
    sub(/^void /, "", name)
    gsub(/graft::cuda::|\(anonymous namespace\)::|graft::/, "", name)
    sub(/\([^()]*\)$/, "", name)
    return name
  }
  /^PTX .*\.entry/ { entry = $0; sub(/.*\.entry /, "", entry); sub(/\($/, "", entry); entry = plain(entry); next }
  /^PTX .*graft_shared_[0-9]/ { sub(/.*graft_shared_/, ""); shared[entry] = $0 + 0; next }
  /^PTX / { ++mma[entry]; next }
  /Compiling entry function/ {
    name = $0; sub(/.*entry function .?/, "", name); sm = name; sub(/.*for .?sm_/, "", sm); sub(/[^0-9a-z].*/, "", sm)
    sub(/.? for .?sm_.*/, "", name); name = plain(name)
  }
  /bytes stack frame/ { stack = $1; spill = $5 + $9 }
  /Used [0-9]+ registers/ {
    for (i = 1; i <= NF; ++i) if ($i == "Used") registers = $(i + 1)
    printf "| `%s` | %s | %s | %s | %s | %d | %d |\n", name, sm, registers, stack, spill, shared[name], mma[name]
    if (spill > 0) { print name " spills on sm_" sm > "/dev/stderr"; failed = 1 }
    if (name ~ /mma/ && !mma[name]) { print name " has no tensor-core instruction" > "/dev/stderr"; failed = 1 }
  }
  END { exit failed }' | LC_ALL=C sort -u
