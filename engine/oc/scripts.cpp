#include "engine/oc/scripts.h"

namespace scalekeep::oc::scripts {

namespace {

// need: drains what is sent before it ends, or the real client never returns. d: SHA-256 of standard input. openssl is tried, not looked for: one without its configuration or libraries answers nothing. It is
// three times as fast as coreutils' own.
constexpr const char* digest = R"(
m() { echo "@@$n $*" >&2; }
need() { command -v "$1" >/dev/null 2>&1 || { m lacks "$1"; cat >/dev/null; exit 97; }; }
case $(openssl dgst -sha256 -r </dev/null 2>/dev/null) in
e3b0c442*) d() { openssl dgst -sha256 -r; } ;;
*) need sha256sum; d() { sha256sum; } ;;
esac
)";

// Heartbeats from now on; nothing of theirs may hold an output open after the script has ended.
constexpr const char* heartbeat = R"(
( while sleep 5 2>/dev/null && kill -0 $$ 2>/dev/null; do m hb; done ) >/dev/null </dev/null 3>&- 7<&- & h=$!
)";

// y: the transport of the output. k: the first 8 MiB as they are, and how much that was; what it leaves is sent as gzip when those took more
// than 0.8 s, for gzip is slower than a fast line. Only a `head` that leaves the rest of a pipe alone can do that.
// w waits for the acknowledgement. It signals the whole group only when this shell leads one of its own (as under runc); in a runtime
// that shares the group it would hit the server. Digest and size come from one tee, whose outputs are pipes of this shell.
constexpr const char* out = R"sh(
g() { read -r p c s q g x </proc/$$/stat; [ "$g" = $$ ]; }
( IFS= read -r a <&7; [ "$a" = "ok $n" ] && exit 0
  trap '' TERM; t=$$; g 2>/dev/null && t=0; kill -TERM $t; sleep 2; kill -KILL $t ) >/dev/null 2>&1 3>&- & w=$!
exec 7<&-
trap 'kill $h 2>/dev/null' EXIT
t() { tee /dev/fd/5 /dev/fd/6 || echo "tee=$?" >&4; }
p() { gzip -1 || echo "gzip=$?" >&4; }
k() { { head -c 8388608 | { tee /dev/fd/9 | wc -c >&8; } 9>&1 | cat >&3; } 8>&1; }
u() { read -r a x </proc/uptime; echo "${a%.*}${a#*.}"; }
q() {
  a=$(u); [ "$(k)" = 8388608 ] || return 0
  if [ $(($(u) - a)) -gt 80 ]; then echo "@@$n gzip"; p; else echo "@@$n plain"; cat; fi >&3
}
y() {
  case $z in
  gzip) t | p >&3 ;;
  sample) t | q ;;
  *) t >&3 ;;
  esac
}
echo "@@$n $z"
r=$( { { { { "$@" 3>&- 4>&- 5>&- 6>&-; echo "rc=$?" >&4; } | y; } 6>&1 |
  { s=$(wc -c); echo "size=$s" >&4; }; } 5>&1 |
  { s=$(d); echo "sha256=${s%% *}" >&4; }; } 4>&1 )
m end $r
wait $w || exit 98
)sh";

// t: a time limit in the container, where it has a `timeout` that knows -k.
constexpr const char* limited = R"(
timeout -k 5 5 true 2>/dev/null && set -- timeout -k 5 "$t" "$@"
)";

QString joined(std::initializer_list<const char*> parts)
{
    QString script;
    for (const char* part : parts)
        script += QString::fromLatin1(part).trimmed() + QChar(u'\n');
    return script.trimmed();
}

} // namespace

const QString& streamOut()
{
    static const QString script = joined({R"(
n=$1 z=$2; shift 2
exec 3>&1 7<&0 </dev/null
)", digest, R"sh(
need tee; need wc; need sleep
[ "$z" != plain ] && command -v gzip >/dev/null 2>&1 || z=plain
[ $z != sample ] || { [ -r /proc/uptime ] && [ "$(printf abc | { head -c 1 >/dev/null; cat; } 2>/dev/null)" = bc ]; } || z=gzip
)sh", heartbeat, out});
    return script;
}

const QString& streamIn()
{
    static const QString script = joined({R"(
n=$1 f=$2 size=$3 sum=$4; t=$f.part.$n; umask 077; LC_ALL=C; export LC_ALL
)", digest, R"(
need head; need wc; need sleep
)", heartbeat, R"(
trap 'rm -f "$t"; kill $h 2>/dev/null' EXIT; trap 'exit 99' HUP INT TERM
g= s=
head -c "$size" >"$t"; r=$?
if [ $r = 0 ]; then g=$(wc -c <"$t"); s=$(d <"$t"); s=${s%% *}; fi
if [ "$g" = "$size" ] && [ "$s" = "$sum" ] && [ ! -d "$f" ] && mv -f "$t" "$f"; then m ok $g $s; exit 0; fi
rm -f "$t"
m bad rc=$r size=$g sha256=$s free=$(df -Pk "${f%/*}/" 2>/dev/null | { read -r a; read -r a b c e x; echo ${e:+$((e * 1024))}; })
cat >/dev/null
exit 97
)"});
    return script;
}

const QString& exec()
{
    static const QString script = joined({R"(
n=$1 t=$2; shift 2
)", limited, R"(
"$@"; r=$?
printf '\n@@%s rc=%s\n' "$n" $r
exit $r
)"});
    return script;
}

const QString& execWithInput()
{
    static const QString script = joined({R"(
n=$1 t=$2 size=$3 sum=$4; shift 4
)", digest, R"(
need head
)", limited, R"(
i=$(head -c "$size"; echo .); i=${i%.}
s=$(printf %s "$i" | d)
if [ "${s%% *}" = "$sum" ]; then printf %s "$i" | "$@"; r=$?; else r=input; fi
cat >/dev/null
printf '\n@@%s rc=%s\n' "$n" $r
[ $r = input ] && r=97
exit $r
)"});
    return script;
}

} // namespace scalekeep::oc::scripts
