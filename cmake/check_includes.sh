#!/usr/bin/env bash
# Holds the direction of includes: each folder may include only what stands beside it here, and each heavy
# third-party header belongs to one file. `check_includes.sh [ROOT]` checks the tree at ROOT and prints every
# violation; `check_includes.sh --self-test` plants one of each kind in a scratch tree and wants them all found.
set -euo pipefail

declare -A may_include=(
  [kernels/api]="kernels/api" [kernels/reference]="kernels/reference kernels/api"
  [kernels/cpu]="kernels/cpu kernels/api" [kernels/device]="kernels/device kernels/api kernels/emu"
  [kernels/cuda]="kernels/cuda kernels/device kernels/api" [kernels/emu]="kernels/emu kernels/device kernels/api"
  [engine]="engine kernels/api" [models]="models engine kernels/api" [weights]="weights engine kernels/api"
  [tools]="tools models weights engine kernels/api" [bench]="bench kernels/api"
  [examples]="engine models weights kernels/api"
)
single_user=(hdf5.h stb_image.h stb_image_write.h jpeglib.h spng.h re2/ openssl/ cublas_v2.h cudnn.h)
faults=0
report() { echo "include: $*"; faults=$((faults + 1)); }

includes() { # folder: prints file:line:header of every #include
  grep -rnE '^[[:space:]]*#[[:space:]]*include[[:space:]]*["<]' "$1" --include='*.h' --include='*.cpp' --include='*.cu' \
      --include='*.cuh' --include='*.inc' 2>/dev/null |
    sed -E 's/^([^:]*:[0-9]+):[^"<]*["<]([^">]*)[">].*/\1:\2/' || true
}

check() { # root
  cd "$1"
  for folder in "${!may_include[@]}"; do
    while IFS=: read -r file line header; do
      top=${header%%/*}
      [[ $header == */* && -d $top ]] || [[ $header == ../* ]] || continue # ours are named by their path from the root
      ok=no
      for allowed in ${may_include[$folder]}; do [[ $header == "$allowed"/* ]] && ok=yes; done
      [[ $ok == yes ]] || report "$file:$line: $folder may not include $header (only: ${may_include[$folder]})"
    done < <(includes "$folder")
  done
  for header in "${single_user[@]}"; do
    users=$(for folder in kernels engine models weights tools bench tests examples; do includes "$folder"; done |
      awk -F: -v h="$header" 'index($3, h) == 1 {print $1}' | sort -u)
    [[ $(wc -w <<<"$users") -le 1 ]] || report "<$header> belongs to one file, but is included by:" $users
  done
  return $((faults > 0))
}

self_test() {
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
  mkdir -p "$scratch"/{kernels/api,kernels/cpu,engine,models,weights,tools,tests,bench}
  plant() { printf '#include %s\n' "$2" >"$scratch/$1"; }
  plant kernels/cpu/a.cpp '"engine/tensor.h"' && plant engine/b.h '"models/vgg.h"' && plant models/c.cpp '"weights/hdf5.h"'
  plant weights/d.cpp '<hdf5.h>' && plant tools/e.cpp '<hdf5.h>' && plant bench/f.cpp '"engine/tape.h"'
  plant tools/fine.cpp '"weights/hdf5.h"' && plant tests/fine.cpp '"models/vgg.h"' && plant engine/fine.cpp '<sys/stat.h>'
  found=$(check "$scratch") && { echo "check_includes: self-test: planted violations passed"; return 1; }
  [[ $(wc -l <<<"$found") == 5 ]] || { echo "check_includes: self-test: wanted 5 violations, found:"; echo "$found"; return 1; }
}

if [[ ${1:-} == --self-test ]]; then self_test; else check "${1:-.}"; fi
