#!/bin/sh
# Scalekeep on a local sandbox, with no cluster at hand.
#   packaging/try.sh                         with a display: opens the window, logged in to two clusters with three installations
#   packaging/try.sh CLUSTER/NAMESPACE       the main job without a window: log in, back up, verify, destroy, restore, prove;
#                                            north/threescale (also the default without a display), north/acme-api or south/threescale
# The proof is not Scalekeep's own: tests/sandbox/independent_check.py looks at the installation before and after with stock
# tools. Bundle and journals are kept in the folder that is named at the end; the sandbox is taken down in every case.
set -eu
umask 077
cd "$(dirname "$0")/.."

window=
if [ $# = 0 ] && [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
    window=yes
fi
target=${1:-north/threescale}
namespace=${target#*/}
case $target in
north/threescale | north/acme-api) cluster=NORTH ;;
south/threescale) cluster=SOUTH ;;
*)
    echo "There is no installation $target in the sandbox: name north/threescale, north/acme-api or south/threescale." >&2
    exit 1
    ;;
esac

step() {
    printf '\n=== %s\n' "$*"
}
show() { # runs a command as printed
    printf '$ %s\n' "$*"
    "$@"
}

step "Installing what is missing (quiet, several minutes on a fresh machine)"
packaging/install-deps.sh

step "Building"
if command -v ccache >/dev/null; then
    export CMAKE_CXX_COMPILER_LAUNCHER=ccache
fi
cmake --preset release -Wno-dev --log-level=WARNING
cmake --build --preset release --target scalekeep-cli ${window:+scalekeep} --parallel "$(nproc)"

folder=$(mktemp -d "${TMPDIR:-/tmp}/scalekeep-try.XXXXXX")
export SCALEKEEP_HOME="$folder/state" SCALEKEEP_SANDBOX_HOME="$folder/sandbox"
PATH="$PWD/build/release/bin:$PATH"
sandbox=tests/sandbox/scalekeep-sandbox
check=tests/sandbox/independent_check.py
clean_up() {
    status=$?
    trap - EXIT
    scalekeep-cli logout "${target%/*}" >/dev/null 2>&1 || true
    "$sandbox" down || status=1
    if [ "$status" = 0 ]; then
        rm -rf "$SCALEKEEP_SANDBOX_HOME"
    else
        echo "The try-out failed (exit code $status). What there is, the sandbox's logs too, lies in $folder" >&2
    fi
    exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP

if [ -n "$window" ]; then
    step "Starting the sandbox: two clusters, three installations with MariaDB, PostgreSQL and Redis"
    "$sandbox" up
    eval "$("$sandbox" env)"
    for name in north south; do
        upper=$(echo "$name" | tr a-z A-Z)
        eval "server=\$SANDBOX_${upper}_SERVER ca=\$SANDBOX_${upper}_CA token_file=\$SANDBOX_${upper}_TOKEN_FILE"
        scalekeep-cli login --name "$name" --server "$server" --ca "$ca" --store-token --token-stdin <"$token_file"
    done
    mkdir "$folder/bundles"
    printf '[General]\nbundleFolder=%s\n' "$folder/bundles" >"$SCALEKEEP_HOME/desktop.ini"
    step "Opening the window (close it to end the sandbox)"
    scalekeep
    for name in north south; do
        scalekeep-cli logout "$name" >/dev/null 2>&1 || true
    done
    echo "Bundles and journals of this try-out: $folder (secrets inside: delete it when you have seen enough)"
    exit 0
fi

step "Starting the sandbox: $target with MariaDB, PostgreSQL and Redis"
"$sandbox" up --only "$target"
eval "$("$sandbox" env)"
eval "server=\$SANDBOX_${cluster}_SERVER ca=\$SANDBOX_${cluster}_CA token_file=\$SANDBOX_${cluster}_TOKEN_FILE kubeconfig=\$SANDBOX_${cluster}_KUBECONFIG"

step "Logging in"
show scalekeep-cli login --name "${target%/*}" --server "$server" --ca "$ca" --token-stdin <"$token_file"
show scalekeep-cli inventory "$target"

step "Looking at the installation with stock tools"
"$check" --kubeconfig "$kubeconfig" capture "$namespace" "$folder/before"

step "Backing up"
show scalekeep-cli backup "$target" --output "$folder/backup.scalekeep.tar"
show scalekeep-cli verify "$folder/backup.scalekeep.tar"

step "Destroying the data: databases dropped, Redis flushed, files, secrets, configmaps and routes deleted"
"$sandbox" destroy "$target" system-mysql zync-database system-redis backend-redis system-storage secrets configmaps routes
"$check" --kubeconfig "$kubeconfig" capture "$namespace" "$folder/destroyed" >/dev/null 2>&1 || true
if [ -d "$folder/destroyed" ] && "$check" compare "$folder/before" "$folder/destroyed" >/dev/null 2>&1; then
    echo "Nothing was destroyed: a restore would prove nothing." >&2
    exit 1
fi

step "Restoring"
show scalekeep-cli restore "$folder/backup.scalekeep.tar" "$target" --confirm "$namespace"

step "Proving it with stock tools"
"$check" --kubeconfig "$kubeconfig" capture "$namespace" "$folder/after"
show "$check" compare "$folder/before" "$folder/after"
show scalekeep-cli runs

step "Done and proven"
echo "Bundle:   $folder/backup.scalekeep.tar (secrets inside: delete it when you have seen enough)"
echo "Journals: $SCALEKEEP_HOME"
