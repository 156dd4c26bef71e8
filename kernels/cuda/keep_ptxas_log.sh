#!/usr/bin/env bash
# A compiler launcher: runs the nvcc command that follows, keeps the output of ptxas about registers and spills beside the
# object (OBJECT.ptxas), and shows only the rest. What ptxas calls a potential loss of performance is an error.
set -uo pipefail
object=
previous=
for argument in "$@"; do
  [[ $previous == -o ]] && object=$argument
  previous=$argument
done
log=$(mktemp)
trap 'rm -f "$log"' EXIT
"${BASH_SOURCE[0]%/*}/../../cmake/ccache.sh" "$@" 2>"$log"  # ccache keeps the log of a compilation as well
status=$?
# After a failure, shows everything.
if ((status == 0)); then grep -vE '^(ptxas )?info |^ptxas info|^ +[0-9]+ bytes stack frame' "$log" >&2; else cat "$log" >&2; fi
if grep -i 'potential performance loss' "$log" >&2; then
  rm -f "$object"
  exit 1
fi
[[ -z $object ]] || ((status != 0)) || cp "$log" "$object.ptxas"
exit $status
