#!/bin/sh
# Installs everything that Scalekeep needs to be built, tried and tested, on Debian 12 or later. Run as root or as a user with
# sudo. Starts no service, changes no package source, skips what is there, prints nothing while all goes well.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
# CMake looks into /opt/KF5Archive*; nothing else does, so a desktop with KDE Frameworks 5 is not disturbed.
karchive_prefix=/opt/KF5Archive-qt6

packages="build-essential cmake ninja-build pkg-config ccache clang-14 clang-tidy-14 clang-format-14 xz-utils ca-certificates
  qt6-base-dev qt6-base-dev-tools qt6-tools-dev qt6-tools-dev-tools qt6-l10n-tools qt6-svg-dev libqt6svg6 qt6-qpa-plugins
  libgl-dev libvulkan-dev qtkeychain-qt6-dev libspdlog-dev libyaml-cpp-dev libzstd-dev zlib1g-dev libssl-dev libexpected-dev
  zstd openssl gzip tar jq curl bubblewrap util-linux iproute2 procps python3 python3-yaml xvfb dbus-daemon gnome-keyring libsecret-1-0
  mariadb-server-core mariadb-client postgresql redis-server
  openssh-client minisign poppler-utils fonts-dejavu-core"

is_installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}
have_karchive() {
    is_installed libkf6archive-dev || ls "$karchive_prefix"/lib*/cmake/KF5Archive/KF5ArchiveConfig.cmake \
        "$karchive_prefix"/lib/*/cmake/KF5Archive/KF5ArchiveConfig.cmake >/dev/null 2>&1
}

command -v apt-get >/dev/null || {
    echo "This system has no apt-get: nothing was installed. Install the counterparts of these Debian packages yourself (CMake fetches KArchive when it is missing):" >&2
    echo "$packages" >&2
    exit 1
}

missing=
for package in $packages; do
    is_installed "$package" || missing="$missing $package"
done
if [ -z "$missing" ] && have_karchive; then
    exit 0
fi
if [ "$(id -u)" != 0 ]; then
    exec sudo -- "$0" "$@"
fi

work=$(mktemp -d)
policy=/usr/sbin/policy-rc.d
policy_is_ours=
clean_up() {
    status=$?
    if [ -n "$policy_is_ours" ]; then
        rm -f "$policy"
        if [ -e "$work/policy-rc.d" ] || [ -L "$work/policy-rc.d" ]; then
            mv "$work/policy-rc.d" "$policy"
        fi
    fi
    if [ "$status" != 0 ]; then
        echo "Not everything could be installed. The last lines of the log:" >&2
        tail -n 30 "$work/log" >&2
    fi
    rm -rf "$work"
    exit "$status"
}
: >"$work/log"
chmod 755 "$work" # apt's unprivileged downloader reads from here
trap clean_up EXIT
trap 'exit 1' INT TERM HUP
if [ -e "$policy" ] || [ -L "$policy" ]; then
    mv "$policy" "$work/policy-rc.d"
fi
policy_is_ours=yes
printf '#!/bin/sh\nexit 101\n' >"$policy"
chmod 755 "$policy"

export DEBIAN_FRONTEND=noninteractive
apt-get update -q >>"$work/log" 2>&1
if [ -n "$missing" ]; then
    # shellcheck disable=SC2086 # a list of names
    apt-get install -q -y --no-install-recommends $missing >>"$work/log" 2>&1
    # The sandbox runs servers of its own; those of the system stay as the administrator had them: off, where they are new.
    for service in mariadb postgresql redis-server; do
        case " $missing " in
        *" $service "*) command -v systemctl >/dev/null && systemctl disable "$service" >>"$work/log" 2>&1 || true ;;
        esac
    done
fi

if have_karchive; then
    exit 0
fi
if apt-cache show libkf6archive-dev >/dev/null 2>&1; then
    apt-get install -q -y --no-install-recommends libkf6archive-dev >>"$work/log" 2>&1
    exit 0
fi

# KArchive's and ECM's sources lie in the archive of a newer Debian: the machine's own source entry, pointed at that suite, in
# lists of its own. The tarballs are fetched one by one, because `apt-get source` wants every file of a source package and the
# archive does not keep them all; packaging/karchive.cmake holds the digests.
entry=$(apt-get indextargets --format '$(SOURCESENTRY)' 'Origin: Debian' 'Label: Debian' 'Component: main' | sort -u | head -n 1)
[ -n "$entry" ] || {
    echo "No Debian package source found: KArchive is left to CMake, which fetches it from KDE." >&2
    exit 0
}
list=${entry%:*}
number=${entry##*:}
case $list in
*.sources)
    awk -v number="$number" 'BEGIN { RS = ""; FS = "\n" } /(^|\n)URIs:/ && ++seen == number {
        print "Types: deb-src\nSuites: trixie\nComponents: main"
        for (i = 1; i <= NF; i++) {
            if ($i ~ /^#/) continue
            if ($i !~ /^[ \t]/) keep = ($i ~ /^(URIs|Signed-By|Trusted|Check-Valid-Until|Check-Date|Allow-[A-Za-z-]*):/)
            if (keep) print $i
        } }' "$list" >"$work/trixie.sources"
    list=$work/trixie.sources ;;
*)
    sed -n "${number}s/^deb\\(-src\\)\\{0,1\\}[ \t]*\\(\\[[^]]*\\]\\)\\{0,1\\}[ \t]*\\([^ \t]*\\).*/deb-src \\2 \\3 trixie main/p" "$list" >"$work/trixie.list"
    list=$work/trixie.list ;;
esac
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/sources"
apt="-o Dir::Etc::sourcelist=$list -o Dir::Etc::sourceparts=- -o Dir::State::lists=$work/lists -o Dir::Cache=$work/cache"
# shellcheck disable=SC2086
apt-get $apt -q update >>"$work/log" 2>&1
fetch() { # source package, file in the archive, name here
    # shellcheck disable=SC2086
    line=$(apt-get $apt source -qq --print-uris --only-source "$1" 2>>"$work/log" | grep -F "/$2'") || {
        echo "The package sources offer no $2 (suite trixie)." >>"$work/log"
        return 1
    }
    uri=${line#\'}
    # shellcheck disable=SC2086
    /usr/lib/apt/apt-helper $apt -o APT::Sandbox::User=root download-file "${uri%%\'*}" "$work/sources/$3" >>"$work/log" 2>&1
}
fetch kf6-extra-cmake-modules kf6-extra-cmake-modules_6.13.0.orig.tar.xz extra-cmake-modules-6.13.0.tar.xz
fetch karchive karchive_5.116.0.orig.tar.xz karchive-5.116.0.tar.xz
cmake -DSOURCES="$work/sources" -DPREFIX="$karchive_prefix" -DWORK="$work" -P "$here/karchive.cmake" >>"$work/log" 2>&1
