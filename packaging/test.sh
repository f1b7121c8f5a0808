#!/bin/sh
# Installs what is missing, builds once with all warnings as errors, runs all tests and prints their summary.
set -eu
cd "$(dirname "$0")/.."

packaging/install-deps.sh
if command -v ccache >/dev/null; then
    export CMAKE_CXX_COMPILER_LAUNCHER=ccache
fi
cmake --preset dev -Wno-dev --log-level=WARNING
cmake --build --preset dev --parallel "$(nproc)"
ctest --preset dev "$@"
