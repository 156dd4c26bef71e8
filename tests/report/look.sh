#!/usr/bin/env bash
# look.sh [FOLDER OF THE PROGRAMS]: makes a report with hostile and Chinese names and renders it in headless Chromium:
# no console messages, and no overflow on a phone (360 px), a screen (1280 px) and in between, in light and dark.
# Screenshots are in build/look.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

bin=${1:-build/release/tools} work=$PWD/build/look
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
if [[ -z $browser ]]; then
  echo "look: skipped, there is no Chromium here (apt-get install chromium)"
  exit 0
fi
rm -rf "$work" && mkdir -p "$work"
"$bin/draw-phantoms" "$work/data" --train 80 --test 40 --seed 3 >/dev/null
for split in train test; do
  mv "$work/data/$split/ring" "$work/data/$split/<script>document.title=1<"
  mv "$work/data/$split/meningeal" "$work/data/$split/"$'\u202eגידול'
  mv "$work/data/$split/sellar" "$work/data/$split/鞍区肿瘤_一个很长的类别名称_没有空格的那一种"
done
mv "$work/data/test/no_lesion/no_lesion_0000.png" "$work/data/test/no_lesion/\"><img src=x onerror=alert(1)>.png"
"$bin/vgg-finetune" train "$work/data" --model vgg-tiny --weights none --unfreeze all --head flatten:32 --image-size 64 \
  --preprocess torchvision --lr 1e-3 --batch 16 --epochs 3 --seed 1 --trace --out "$work/run" >"$work/train.log" 2>&1 ||
  { cat "$work/train.log" && exit 1; }
"$bin/vgg-finetune" explain "$work/run" "$work/data/test" --masks "$work/data/masks/test" >/dev/null
"$bin/vgg-finetune" report "$work/run" >/dev/null
report=$work/run/report.html

chromium() { # logs to stderr.txt
  timeout 120 "$browser" --headless --no-sandbox --disable-gpu --hide-scrollbars --allow-file-access-from-files \
    --user-data-dir="$work/profile" --enable-logging=stderr "$@" 2>"$work/stderr.txt"
}
faults=0
fault() { echo "look: $*" && faults=$((faults + 1)); }

# The report itself: a message in the console would be a blocked script, a failed load or broken markup.
chromium --dump-dom "file://$report" >"$work/dom.html"
grep CONSOLE "$work/stderr.txt" && fault "the console says something"
grep -q 'not a medical device' "$work/dom.html" || fault "the page was not read"
grep -qE '<script|onerror=alert\(1\)&gt;.png" *>|<img src="x"' "$work/dom.html" && fault "a name became markup"

# Frames of several widths around it, measured by a script outside of the report.
cat >"$work/frames.html" <<'PAGE'
<!doctype html><body><script>
const widths = [320, 360, 480, 768, 1024, 1280], results = [];
const next = () => {
  const width = widths.shift();
  if (!width) { document.body.innerText = results.join('\n') + '\nmeasured'; return; }
  const frame = document.createElement('iframe');
  frame.style.width = width + 'px';
  frame.onload = () => {
    const page = frame.contentDocument.documentElement;
    results.push(`${width} px: ${page.scrollWidth > width ? 'OVERFLOW to ' + page.scrollWidth : 'fits'}`);
    frame.remove(); next();
  };
  frame.src = 'run/report.html'; document.body.append(frame);
};
next();
</script></body>
PAGE
chromium --virtual-time-budget=20000 --dump-dom "file://$work/frames.html" >"$work/frames.txt"
grep -oE '[0-9]+ px: [A-Za-z 0-9]*' "$work/frames.txt" || true
[[ $(grep -oc 'px: fits' "$work/frames.txt") -ge 1 && $(grep -o 'px: fits' "$work/frames.txt" | wc -l) == 6 ]] ||
  fault "the report does not fit all six widths"

chromium --window-size=1280,9000 --screenshot="$work/wide.png" "file://$report"
chromium --window-size=1280,2400 --force-dark-mode --blink-settings=preferredColorScheme=0 \
  --screenshot="$work/dark.png" "file://$report"
chromium --window-size=390,10000 --screenshot="$work/phone.png" "file://$report"
chromium --no-pdf-header-footer --print-to-pdf="$work/print.pdf" "file://$report"
[[ -s $work/print.pdf ]] || fault "it could not be printed"
((faults == 0)) && echo "look: ok ($("$browser" --version 2>/dev/null)); pictures of it are in build/look"
exit $((faults > 0))
