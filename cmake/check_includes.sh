#!/usr/bin/env bash
# Holds the direction of includes: each folder may include itself and what stands beside it here, no arrow runs up, no
# folder holds more than 30 source files, and each heavy third-party header belongs to one file. `check_includes.sh [ROOT]` checks the tree at ROOT and prints every
# violation; `check_includes.sh --self-test` plants one of each kind in a scratch tree and wants them all found.
set -euo pipefail

engine="engine engine/base engine/tables engine/image engine/data engine/audit engine/metrics engine/probe kernels/api"
models="models models/features models/interpret"
weights="weights weights/io weights/hdf5 weights/keras weights/convert"
declare -A may_include=(
  [kernels/api]="" [kernels/reference]="kernels/api"
  [kernels/cpu]="kernels/cpu/conv kernels/cpu/gemm kernels/api" # its table lists what the folders below it have
  [kernels/cpu/gemm]="kernels/cpu kernels/api" [kernels/cpu/conv]="kernels/cpu kernels/cpu/gemm kernels/api"
  [kernels/device/gemm]="kernels/device kernels/api"
  [kernels/device/conv]="kernels/device kernels/device/gemm kernels/api"
  [kernels/device]="kernels/api kernels/emu" # one source for two compilers: portable.h takes the emulator's built-ins,
  [kernels/emu]="kernels/device kernels/api" # and the emulator the fragments' layouts
  [kernels/cuda]="kernels/device kernels/api"
  [engine/base]="kernels/api" [engine/tables]="engine/base kernels/api" [engine/image]="engine/base kernels/api"
  [engine]="engine/base kernels/api"
  [engine/data]="engine engine/base engine/tables engine/image kernels/api"
  [engine/audit]="engine/base engine/tables engine/image engine/data kernels/api"
  [engine/metrics]="engine/base kernels/api" [engine/probe]="engine/metrics engine/data engine/base kernels/api"
  [models]="engine engine/base engine/data kernels/api"
  [models/features]="models engine engine/base engine/data engine/metrics kernels/api"
  [models/interpret]="models engine engine/base engine/image engine/data engine/probe kernels/api"
  [weights/io]="engine/base kernels/api" [weights/hdf5]="weights/io engine/base kernels/api"
  [weights/keras]="weights/hdf5 engine engine/base kernels/api"
  [weights/convert]="weights/io weights/hdf5 weights/keras engine/base engine/data kernels/api"
  [weights]="weights/io weights/hdf5 weights/keras weights/convert engine engine/base kernels/api"
  [tools/events]=""
  [tools/terminal]="tools/events tools/options engine/base engine/data weights/hdf5 kernels/api" [tools/phantoms]="engine/base engine/image kernels/api"
  [tools/probe]="$engine"
  [tools/options]="$engine $models"
  [tools/run]="tools/events tools/options $engine $models $weights"
  [tools/log]="tools/events tools/options tools/run $engine" [tools/evaluation]="tools/events tools/options tools/run $engine $models $weights"
  [tools/train]="tools/events tools/options tools/log tools/evaluation tools/run $engine $models $weights"
  [tools/report]="tools/events tools/options tools/evaluation tools/run $engine $models"
  [tools/commands]="tools/events tools/options tools/train tools/log tools/evaluation tools/report tools/probe tools/run tools/terminal $engine $models $weights"
  [tools]="tools/commands tools/options tools/phantoms tools/terminal engine/base kernels/api"
  [kernels/testing]="kernels/api"
  [bench]="kernels/testing kernels/api" [bench/peers]="bench kernels/testing" [examples/embed]="$engine $models $weights" [examples/finetune]="$engine $models $weights" [examples/predict]="tools/evaluation"
)
# Made when the project is configured.
generated=tools/version.h
single_user=(hdf5.h stb_image.h stb_image_write.h jpeglib.h spng.h re2/ openssl/ cublas_v2.h cudnn.h)
faults=0
report() { echo "include: $*"; faults=$((faults + 1)); }

sources() { # folder: its source files and those below it
  find "$1" -type f -regex '.*\.\(h\|cpp\|cu\|cuh\|inc\)' 2>/dev/null
}

includes() { # files on standard input: prints file:line:header of every #include
  xargs -r grep -HnE '^[[:space:]]*#[[:space:]]*include[[:space:]]*["<]' |
    sed -E 's/^([^:]*:[0-9]+):[^"<]*["<]([^">]*)[">].*/\1:\2/' || true
}

check() { # root
  cd "$1"
  while IFS=: read -r file line header; do
    folder=${file%/*} top=${header%%/*}
    [[ -n ${may_include[$folder]+is_known} ]] || { report "$file: the folder is not in the table of $0" && continue; }
    [[ $header == */* && -d $top ]] || [[ $header == ../* ]] || continue # ours are named by their path from the root
    [[ ${header%/*} == "$folder" || ($header == "$generated" && $folder == tools/*) ]] && continue
    [[ " ${may_include[$folder]} " == *" ${header%/*} "* ]] ||
      report "$file:$line: $folder may not include $header (only: ${may_include[$folder]})"
  done < <(for folder in kernels engine models weights tools bench examples; do sources "$folder"; done | includes)
  for header in "${single_user[@]}"; do
    users=$(for folder in kernels engine models weights tools bench tests examples; do sources "$folder"; done | includes |
      awk -F: -v h="$header" 'index($3, h) == 1 {print $1}' | sort -u)
    [[ $(wc -w <<<"$users") -le 1 ]] || report "<$header> belongs to one file, but is included by:" $users
  done
  while read -r count folder; do
    ((count <= 30)) || report "$folder has $count source files, and 30 are enough for one"
  done < <(for folder in kernels engine models weights tools bench tests examples; do sources "$folder"; done |
    sed 's|/[^/]*$||' | sort | uniq -c)
  return $((faults > 0))
}

self_test() {
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
  mkdir -p "$scratch"/{kernels/api,kernels/cpu,engine/base,engine/data,engine/odd,models,weights/hdf5,tools/run,tools/train,tests,bench}
  plant() { printf '#include %s\n' "$2" >"$scratch/$1"; }
  plant kernels/cpu/a.cpp '"engine/tensor.h"' && plant engine/b.h '"models/vgg.h"' && plant models/c.cpp '"weights/hdf5/h5_file.h"'
  plant weights/hdf5/d.cpp '<hdf5.h>' && plant tools/e.cpp '<hdf5.h>' && plant bench/f.cpp '"engine/tape.h"'
  plant engine/base/g.h '"engine/data/walk.h"' && plant tools/run/h.cpp '"tools/train/trainer.h"' && plant engine/odd/i.h '<map>'
  plant engine/j.cpp '"tools/version.h"'
  for ((i = 0; i <= 30; ++i)); do plant "tools/train/many$i.cpp" '<map>'; done
  plant tools/fine.cpp '"tools/commands/options.h"' && plant tests/fine.cpp '"models/vgg.h"' && plant engine/fine.cpp '<sys/stat.h>'
  plant tools/run/fine.cpp '"tools/version.h"' && plant engine/data/fine.cpp '"engine/base/csv.h"'
  found=$(check "$scratch") && { echo "check_includes: self-test: planted violations passed"; return 1; }
  [[ $(wc -l <<<"$found") == 10 ]] || { echo "check_includes: self-test: wanted 10 violations, found:"; echo "$found"; return 1; }
}

if [[ ${1:-} == --self-test ]]; then self_test; else check "${1:-.}"; fi
