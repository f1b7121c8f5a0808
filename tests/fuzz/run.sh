#!/bin/sh
# Builds the fuzz targets and lets each run: tests/fuzz/run.sh [SECONDS [TARGET...]] (60 seconds, all). One line a target; what a target
# could not bear is kept in the build folder (SCALEKEEP_FUZZ_BUILD, build-fuzz), and the answer is not 0 then.
set -u
here=$(cd "$(dirname "$0")" && pwd)
build=${SCALEKEEP_FUZZ_BUILD:-$here/../../build-fuzz}
seconds=${1:-60}
[ $# -gt 0 ] && shift

cmake -S "$here/../.." -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=None -DCMAKE_CXX_FLAGS="-O1 -gline-tables-only" \
    -DCMAKE_CXX_COMPILER="${CXX:-clang++-14}" -DSCALEKEEP_FUZZ=ON -DSCALEKEEP_SANITIZE=ON -DSCALEKEEP_DESKTOP=OFF >"$build.log" 2>&1 &&
    ninja -C "$build" ${JOBS:+-j$JOBS} scalekeep_fuzz >>"$build.log" 2>&1 || { tail -n 40 "$build.log"; exit 2; }
build=$(cd "$build" && pwd)

# Some targets write files for every input: in memory where that is possible.
scratch=$(mktemp -d -p "$([ -w /dev/shm ] && echo /dev/shm || echo "${TMPDIR:-/tmp}")")
trap 'rm -rf "$scratch"' EXIT
export TMPDIR="$scratch" TZ=UTC QT_LOGGING_RULES='*=false'
found=0
for target in ${*:-$(cd "$here/corpus" && ls)}; do
    grown=$build/corpus/$target findings=$build/findings/$target log=$build/fuzz_$target.log
    mkdir -p "$grown" "$findings"
    "$build/bin/fuzz_$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 \
        -artifact_prefix="$findings/" "$grown" "$here/corpus/$target" >"$log" 2>&1
    answer=$?
    count=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    covered=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)
    if [ $answer -eq 0 ]; then
        echo "$target: ${count:-no} executions, ${covered:-0} edges, no finding"
    else
        found=1
        echo "$target: ${count:-no} executions, ${covered:-0} edges, FINDING: $(grep -m 1 -E 'ERROR|runtime error' "$log") (see $log and $findings)"
    fi
    rm -rf "${scratch:?}"/*
done
exit $found
