#!/usr/bin/env bash
# run.sh [FOLDER OF THE PROGRAMS] [tutorial]: trains small runs on generated images, which Keras has to load and
# reproduce; runs the same 100 steps with the Keras script of the tutorials and with --preset tutorial; compares the
# metrics with scikit-learn on a thousand random sets; and reads a run's curves with TensorBoard. With "tutorial", only
# those steps, at 224x224 with ImageNet weights.
# Needs a build, python3 and python3-venv; the Python packages of requirements.txt go into build/venv (0.8 GB).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

bin=${1:-build/release/tools} venv=build/venv requirements=tests/parity/requirements.txt work=build/parity
real=() # options for ImageNet weights, if available
[[ -z ${GRAFT_SHARED:-} ]] || real=(--trunk vgg19 --weights "$GRAFT_SHARED/weights/vgg19_imagenet_notop.h5")
if ! cmp -s $requirements $venv/installed.txt; then
  rm -rf $venv
  python3 -m venv $venv
  if ! $venv/bin/pip install -q --disable-pip-version-check --retries 1 -r $requirements; then
    echo "parity: the Python packages of $requirements can not be installed here"
    [[ -n ${CI:-} ]] && exit 1
    echo "parity: skipped" && exit 0
  fi
  cp $requirements $venv/installed.txt
fi

rm -rf $work
mkdir -p $work
$bin/draw-phantoms $work/stream --train 80 --test 40 --seed 5 >/dev/null
steps() { # options of keras_tutorial.py...
  rm -rf $work/steps
  $venv/bin/python tests/parity/keras_tutorial.py $bin/vgg-finetune $work/stream $work/steps "$@" | grep --line-buffered -v '^Found '
}
if [[ ${2:-} == tutorial ]]; then
  steps "${real[@]:---weights=imagenet}" --unfreeze none
  steps "${real[@]:---weights=imagenet}" --unfreeze block5 --rate 1e-5 --steps 20
  exit
fi
$venv/bin/python tests/golden/make_metrics.py 1000 "${GRAFT_METRIC_SEED:-7}" >$work/metrics.json
GRAFT_METRIC_CASES=$work/metrics.json $bin/../tests/graft_tests -tc="metrics equal scikit-learn*"
$bin/draw-phantoms $work/data --train 16 --test 20 --seed 5 >/dev/null
check() { # name, options of train...
  local run=$work/$1
  shift
  $bin/vgg-finetune train $work/data --epochs 1 --batch 8 --seed 3 --out "$run" "$@" >"$run.log" 2>&1 ||
    { cat "$run.log" && exit 1; }
  $venv/bin/python tests/parity/keras_loads_model.py $bin/vgg-finetune "$run" $work/data/test
}
check tutorial --model vgg16 --weights none --preprocess tutorial
check crop --model vgg11 --weights none --image-size 96 --head gap:64 --dropout 0.5 --preprocess torchvision --unfreeze block5
if [[ -n ${GRAFT_SHARED:-} ]]; then
  steps "${real[@]}" --size 96 --unfreeze none
  steps "${real[@]}" --size 96 --unfreeze block5 --rate 5e-7
  steps "${real[@]}" --size 96 --unfreeze block5 --rate 1e-5 --steps 20
  check imagenet --model vgg19 --weights "$GRAFT_SHARED/weights/vgg19_imagenet_notop.h5" --image-size 96 --head flatten:32:16
else
  steps --size 64 --unfreeze none
  steps --size 64 --unfreeze block5 --rate 1e-5 --steps 20
  echo "skipped: VGG19 with its real weights (GRAFT_SHARED is not set)"
fi

mkdir $work/watched
cp -r $work/data/train $work/watched/train
cp -r $work/data/test $work/watched/val
$bin/vgg-finetune train $work/watched --model vgg-tiny --weights none --image-size 32 --batch 8 --epochs 4 \
  --out $work/curves --tensorboard $work/board >$work/curves.log 2>&1 || { cat $work/curves.log && exit 1; }
$venv/bin/python tests/parity/tensorboard_reads.py $work/board $work/curves
