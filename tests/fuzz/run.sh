#!/usr/bin/env bash
# run.sh BUILD JOBS [MINUTES | --ci] [TARGET...]: runs the fuzz targets built in BUILD, JOBS in parallel, starting from
# their seeds here, the corpus of earlier runs (BUILD/corpus) and, for images and weights, the golden files. MINUTES is
# the total (5); --ci takes 20 s each from a fixed seed, so that no change fails by chance. Failing inputs are kept in
# BUILD/found.
set -euo pipefail
here=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
build=$1 jobs=$2
shift 2
minutes=5 seed=0 # seed 0: from the clock
case ${1:-} in
  --ci) minutes=ci && shift ;;
  [0-9]*) minutes=$1 && shift ;;
esac
targets=("$@")
if ((${#targets[@]} == 0)); then
  for source in "$here"/*.cpp; do targets+=("$(basename "$source" .cpp)"); done
fi
if [[ $minutes == ci ]]; then
  seconds=20 seed=1
else
  rounds=$(((${#targets[@]} + jobs - 1) / jobs))
  seconds=$((minutes * 60 / rounds))
fi

golden=$here/../golden
declare -A more=([images]=$golden/images [image_headers]=$golden/images [safetensors]=$golden/weights)
fuzz() { # target
  local corpus=$build/corpus/$1 log=$build/found/$1.log
  mkdir -p "$corpus"
  # Inputs of at most 16 KB: larger ones reach no more code. HDF5 keeps memory, which is not a leak.
  "$build/tests/fuzz/fuzz_$1" "$corpus" "$here/seeds/$1" ${more[$1]:+"${more[$1]}"} -max_total_time="$seconds" -seed=$seed \
    -max_len=16384 -rss_limit_mb=2048 -malloc_limit_mb=1024 -timeout=20 -print_final_stats=1 \
    -artifact_prefix="$build/found/$1-" >"$log" 2>&1
}

rm -rf "$build/found"
mkdir -p "$build/found"
declare -A target_of=()
failed=()
await_one() {
  local pid
  if wait -n -p pid "${!target_of[@]}"; then :; else failed+=("${target_of[$pid]}"); fi
  unset "target_of[$pid]"
}
for target in "${targets[@]}"; do
  [[ -x $build/tests/fuzz/fuzz_$target ]] || { echo "fuzz: no target $target" >&2 && exit 2; }
  ((${#target_of[@]} < jobs)) || await_one
  fuzz "$target" &
  target_of[$!]=$target
done
while ((${#target_of[@]})); do await_one; done

for target in "${targets[@]}"; do
  log=$build/found/$target.log
  printf '%-14s %9s inputs, %5s seeds and finds, %s\n' "$target" \
    "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")" "$(ls "$build/corpus/$target" | wc -l)" \
    "$(grep -oE 'cov: [0-9]+' "$log" | tail -n 1)"
done
for target in ${failed[@]+"${failed[@]}"}; do
  echo
  echo "FOUND by $target:"
  grep -E -A 12 'FINDING|ERROR: |SUMMARY|runtime error|Test unit written|terminate called' "$build/found/$target.log" | head -n 40
done
if ((${#failed[@]})); then
  echo "fuzz: ${#failed[@]} of ${#targets[@]} targets FAILED; the inputs: $build/found (run the target with one of them)" >&2
  exit 1
fi
echo "fuzz: passed, $seconds s each"
