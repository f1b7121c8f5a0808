#include "engine/store/redisaside.h"

#include "engine/store/leftovers.h"
#include "engine/store/recall.h"

namespace scalekeep::store::redis::aside {

using namespace Qt::Literals::StringLiterals;
using Probe = run::Handler::Probe;

namespace {
/// $1 is the volume, $2 the directory.
Result<void> script(run::StepRun& step, const oc::PodRef& pod, const QString& volume, const QString& text, const QString& doing)
{
    const auto done = execChecked(step, pod, {storeShell, u"-c"_s, u"set -e; cd \"$1\"; "_s + text, u"aside"_s, volume, directory(step, volume)}, doing);
    return done ? Result<void>{} : Result<void>(fail(done.error()));
}
} // namespace

QString directory(const run::StepRun& step, const QString& volume)
{
    return u"%1/scalekeep-%2-old"_s.arg(volume, step.context.nonce);
}

Result<void> put(run::StepRun& step, const oc::PodRef& pod, const QString& volume)
{
    const QString text = u"mkdir -p \"$2\"; "_s + leftovers::mark(step, u"dump.rdb"_s, u"$2"_s) + u"if [ ! -e \"$2/.aside\" ]; then for f in dump.rdb appendonly.aof appendonlydir; do if [ -e \"$f\" ]; then mv -- \"$f\" \"$2/\"; fi; done; : >\"$2/.aside\"; fi"_s;
    const auto moved = script(step, pod, volume, text, u"put the old files of %1 aside"_s.arg(step.step.component));
    return moved ? step.evidence({{u"aside"_s, true}}) : moved;
}

Result<Probe> probe(run::StepRun& step, const oc::PodRef& pod, const QString& volume)
{
    const auto begun = existsInPod(step, pod, directory(step, volume));
    const auto whole = begun && *begun ? existsInPod(step, pod, directory(step, volume) + u"/.aside"_s) : begun;
    return !whole ? fail(whole.error()) : Result<Probe>(!*begun ? Probe::NotHappened : *whole ? Probe::Happened : Probe::Partly);
}

Result<void> back(run::StepRun& step, const oc::PodRef& pod, const QString& volume)
{
    if (const auto noted = noteMovingBack(step); !noted)
        return noted;
    // The mark goes before the first old file is back: after a cut-off nothing of them may be taken for the new ones.
    const QString text = u"[ -e \"$2\" ] || exit 0; if [ -e \"$2/.aside\" ]; then rm -rf -- dump.rdb appendonly.aof appendonlydir; rm -f -- \"$2/.aside\"; fi; "
                         "for f in dump.rdb appendonly.aof appendonlydir; do if [ -e \"$2/$f\" ]; then mv -- \"$2/$f\" .; fi; done; rm -rf -- \"$2\""_s;
    return script(step, pod, volume, text, u"put the old files of %1 back"_s.arg(step.step.component));
}

Result<QJsonObject> tidy(run::StepRun& step, const oc::PodRef& pod, const QString& volume)
{
    if (staysAside(step, u"dump.rdb"_s)) {
        const QString name = directory(step, volume).section(u'/', -1);
        step.log(u"No safety bundle holds the old files of %1: they are kept on its volume, in %2."_s.arg(step.step.component, name));
        return QJsonObject{{u"kept"_s, name}};
    }
    if (const auto noted = noteTidying(step); !noted)
        return fail(noted.error());
    // Renamed first: what has the old name is whole.
    const auto removed = script(step, pod, volume, u"if [ -e \"$2\" ]; then mv -T -- \"$2\" \"$2.gone\"; fi; rm -rf -- \"$2.gone\""_s, u"remove the old files of %1"_s.arg(step.step.component));
    if (!removed)
        return fail(removed.error());
    leftovers::tidy(step, pod, volume, leftovers::inRedis);
    return QJsonObject{};
}

Result<Probe> probeTidy(run::StepRun& step, const oc::PodRef& pod, const QString& volume)
{
    for (const QString& path : {directory(step, volume), directory(step, volume) + u".gone"_s}) {
        const auto there = existsInPod(step, pod, path);
        if (!there)
            return fail(there.error());
        if (*there)
            return Probe::Partly;
    }
    return Probe::Happened;
}

} // namespace scalekeep::store::redis::aside
