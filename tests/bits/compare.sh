#!/usr/bin/env bash
# compare.sh BEFORE AFTER [SEED]: trains the same small jobs with two builds of vgg-finetune and expects the same bits in
# history.csv, model.h5 and predictions.csv. For changes that must not change a result: keep the old program, and compare.
# It prints a line per job and exits with 1 if a file differs, 2 if a job failed. SEED is used for AFTER alone, so that
# `compare.sh BIN BIN 2` shows that a difference is found. The images are drawn by draw-phantoms, which must be in the
# folder of AFTER or of BEFORE. Jobs with real weights run if GRAFT_SHARED names a folder that has weights/.
# Both programs run with the same number of threads: THREADS=N, 2 by default. model.h5 records the version of the
# program, so both must be of one version.
set -euo pipefail

if (($# < 2)); then
  sed -n '2,9s/^# //p' "$0" >&2
  exit 2
fi
before=$(realpath "$1") after=$(realpath "$2")
seed=9 seed_after=${3:-9}
for place in "${after%/*}" "${before%/*}"; do
  [[ -z ${draw:-} && -x $place/draw-phantoms ]] && draw=$place/draw-phantoms
done
[[ -n ${draw:-} ]] || { echo "compare: no draw-phantoms beside $after or $before; build that target" >&2 && exit 2; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$draw" "$work/data" --train 48 --test 16 --size 96 --seed 5 >/dev/null
faults=0

train() { # program, seed, run folder, options...
  local program=$1 seed=$2 run=$3
  shift 3
  "$program" train "$work/data" --device cpu --threads "${THREADS:-2}" --batch 7 --seed "$seed" "$@" --out "$run" \
    >"$run.log" 2>&1 || { echo "compare: $program failed: train $*" >&2 && tail -n 5 "$run.log" >&2 && exit 2; }
}

job() { # name, options...
  local name=$1 file differs=""
  shift
  train "$before" "$seed" "$work/before" "$@"
  train "$after" "$seed_after" "$work/after" "$@"
  for file in history.csv model.h5 predictions.csv; do
    [[ -s $work/before/$file ]] || { echo "compare: $name: the run has no $file" >&2 && exit 2; }
    cmp -s "$work/before/$file" "$work/after/$file" || differs+=" $file"
  done
  printf '%-34s %s\n' "$name" "${differs:+DIFFERENT:}${differs:-the same bits}"
  [[ -z $differs ]] || faults=$((faults + 1))
  rm -rf "$work"/before* "$work"/after*
}

tiny=(--model vgg-tiny --weights none --epochs 2 --lr 1e-3)
small=("${tiny[@]}" --image-size 64)
job "head alone" "${small[@]}" --head flatten:16
job "head alone, odd size, gap" "${tiny[@]}" --head gap:8:5 --image-size 45 --dropout 0.3
job "block5" "${small[@]}" --head gap:8 --unfreeze block5
job "a layer, without cache" "${small[@]}" --head gap --unfreeze from=block3_conv1 --cache off
job "the whole trunk, sgd" "${small[@]}" --head flatten:8 --unfreeze all --optimizer sgd
job "augment" "${small[@]}" --head gap:8 --augment medical-gentle
job "augment, two phases" "${small[@]}" --head gap:8 --augment medical-gentle --unfreeze block4 --warmup-epochs 1
job "bf16" "${small[@]}" --head flatten:16 --precision bf16
job "bf16, block5, gap, dropout" "${small[@]}" --head gap:8 --precision bf16 --unfreeze block5 --dropout 0.2
job "vgg11, random weights" --model vgg11 --weights none --head gap:8 --image-size 48 --epochs 1
if [[ -n ${GRAFT_SHARED:-} ]]; then
  real=(--model vgg19 --weights "$GRAFT_SHARED/weights/vgg19_imagenet_notop.h5" --image-size 64 --epochs 1)
  job "vgg19, ImageNet, head alone" "${real[@]}" --head flatten:32
  job "vgg19, ImageNet, block5" "${real[@]}" --head gap:16 --unfreeze block5 --lr 1e-5
else
  echo "skipped: VGG19 with its real weights (GRAFT_SHARED is not set)"
fi
exit $((faults > 0))
