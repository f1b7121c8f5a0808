#!/bin/sh
# Pictures of every page and dialog (light, dark, 1x, 2x; empty, full, error) from the desktop tests on their sandboxes.
#   tests/screenshots.sh FOLDER [BUILD]     BUILD: build folder, build/dev without it
set -eu
folder=${1:?Name a folder for the pictures.}
here=$(cd "$(dirname "$0")/.." && pwd)
build=${2:-$here/build/dev}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
for scale in 1 2; do
    for test in tst_desktop tst_desktopruns; do
        QT_QPA_PLATFORM=offscreen QT_SCALE_FACTOR=$scale TZ=UTC LC_ALL=C.UTF-8 SCALEKEEP_SCREENSHOTS="$folder" "$build/bin/$test"
    done
done
echo "$(find "$folder" -name '*.png' | wc -l) pictures in $folder"
