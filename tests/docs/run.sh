#!/usr/bin/env bash
# run.sh PAGE [FOLDER OF THE PROGRAMS]: runs every command of the page (its blocks marked sh), in order and as it
# stands there, in an empty folder. The programs do the same work at reduced size: few drawn images, and a tiny network
# from random numbers, since no weights can be fetched in a test. A command that fails, or says less than it should, fails.
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
done <"$work/commands"
((number >= 8)) || { echo "docs: $(basename "$page") has only $number commands marked sh: are they found?" && exit 1; }
echo "docs: ok, $number commands of $(basename "$page")"
