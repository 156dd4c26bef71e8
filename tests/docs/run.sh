#!/usr/bin/env bash
# run.sh PAGE [FOLDER OF THE PROGRAMS]: runs every command of the page (its blocks marked sh), in order and unchanged,
# in an empty folder. The programs work at a reduced size: few generated images, and a tiny network from random values,
# since a test cannot download weights. A command fails if it ends with an error, or does not print what the page
# promises: the phrases below, which the page must contain, too.
set -euo pipefail
page=$(realpath "$1") bin=$(realpath "${2:-build/release/tools}") work=$PWD/build/docs/$(basename "$1" .md)
rm -rf "$work" && mkdir -p "$work/bin" "$work/here"

cat >"$work/bin/draw-phantoms" <<SHIM
#!/usr/bin/env bash
exec "$bin/draw-phantoms" "\${@/#400/80}" --size 64
SHIM
cat >"$work/bin/vgg-finetune" <<SHIM
#!/usr/bin/env bash
case "\$1" in
  weights) echo "(a test fetches nothing)" && exit ;;
  train) [[ " \$* " == *" --resume "* ]] || reduce=1 ;;
esac
options=()
while ((\$#)); do
  case "\${reduce:-}\$1" in
    1--model | 1--weights | 1--image-size | 1--preprocess | 1--epochs) shift ;;
    *) options+=("\$1") ;;
  esac
  shift
done
((\${reduce:-0})) && options+=(--model vgg-tiny --weights none --image-size 64 --preprocess torchvision --epochs 2)
exec "$bin/vgg-finetune" "\${options[@]}"
SHIM
chmod +x "$work"/bin/*

# Commands that begin like this | must print this, which the page contains, too
promises=(
  "vgg-finetune check|images: 0 errors, 0 warnings"
  "vgg-finetune split|0 groups shared between the parts"
  "vgg-finetune train data|95 % bootstrap intervals (2000 draws of groups)"
  "vgg-finetune train data|class      images  recall (sensitivity)    specificity  precision     F1  AUROC     AP"
  "vgg-finetune explain|maps have their peak inside the lesion ("
)
page_text=$(cat "$page") kept=0

awk '/^```/ { inside = $0 == "```sh"; next } inside && NF && !/^ *#/' "$page" >"$work/commands"
number=0
cd "$work/here"
while IFS= read -r command; do
  number=$((number + 1))
  if ! PATH="$work/bin:$PATH" bash -euc "$command" >"$work/output" 2>&1 </dev/null; then
    cat "$work/output"
    echo "docs: $(basename "$page"): this command failed: $command"
    exit 1
  fi
  for promise in "${promises[@]}"; do
    phrase=${promise#*|}
    [[ $command == "${promise%%|*}"* ]] || continue
    [[ $page_text == *"$phrase"* ]] || { echo "docs: $(basename "$page") no longer says: $phrase" && exit 1; }
    grep -qF -- "$phrase" "$work/output" || { cat "$work/output" && echo "docs: $command: should say: $phrase" && exit 1; }
    kept=$((kept + 1))
  done
done <"$work/commands"
((number >= 8)) || { echo "docs: $(basename "$page") has only $number commands marked sh: are they found?" && exit 1; }
((kept >= ${#promises[@]})) || { echo "docs: only $kept of ${#promises[@]} promises were looked at" && exit 1; }
echo "docs: ok, $number commands of $(basename "$page"), $kept promises kept"
