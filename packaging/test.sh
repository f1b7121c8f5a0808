#!/bin/sh
# Installs what is missing, builds once with all warnings as errors, runs all tests and prints their summary.
set -eu
cd "$(dirname "$0")/.."

packaging/install-deps.sh
if command -v ccache >/dev/null; then
    export CMAKE_CXX_COMPILER_LAUNCHER=ccache CCACHE_SLOPPINESS=pch_defines,time_macros
fi
# Lines are enough for what a failing test prints, and a third faster to build than whole debug information.
cmake --preset dev -Wno-dev --log-level=WARNING -DCMAKE_CXX_FLAGS_DEBUG=-g1
cmake --build --preset dev --parallel "$(nproc)"
ctest --preset dev "$@"
