#include "engine/store/leftovers.h"

#include "engine/run/lock.h"
#include "engine/store/common.h"
#include "engine/store/recall.h"

#include <QFileInfo>
#include <QJsonArray>

#include <algorithm>

namespace scalekeep::store::leftovers {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr int namedEntries = 20;

/// Of the runs that are over; they come out of an object in the cluster, and go into a command that removes.
QStringList noncesBefore(const run::StepRun& step)
{
    QStringList nonces;
    const QJsonObject inherited = step.context.lock ? step.context.lock->info().inherited : QJsonObject{};
    for (const QJsonValue& each : inherited[u"nonces"].toArray()) {
        const QString nonce = each.toString();
        const bool plain = std::all_of(nonce.begin(), nonce.end(), [](QChar c) { return (c >= u'0' && c <= u'9') || (c >= u'a' && c <= u'z'); });
        if (!nonce.isEmpty() && plain && nonce != step.context.nonce)
            nonces.append(nonce);
    }
    return nonces;
}

/// File names are hostile text.
QString shown(const QByteArray& name)
{
    QString text = QString::fromUtf8(name).left(200);
    for (QChar& character : text) {
        if (!character.isPrint())
            character = u'?';
    }
    return text;
}
} // namespace

QString mark(const run::StepRun& step, const QString& stream, const QString& folder)
{
    if (isOnlyCopy(step, stream))
        return {};
    return u"printf '%s\\n' %1 >\"%2/%3\"; "_s.arg(quoted(QFileInfo(step.context.safety->path()).fileName()), folder, keptIn);
}

void tidy(run::StepRun& step, const oc::PodRef& pod, const QString& volume, const QString& prefix)
{
    // $1 volume, $2 prefix, $3 our nonce, then those of the runs that are over. Old files need the mark, their state goes with them; all else is a copy of
    // what a bundle holds. What is left is printed.
    const QString script = u"set -e; cd \"$1\"; p=$2; own=$3; shift 3; "
                           "for n in \"$@\"; do keep=; "
                           "if [ -e \"$p$n-old\" ] || [ -e \"$p$n-old.gone\" ]; then keep=1; fi; "
                           "for m in \"$p$n-old\" \"$p$n-old.gone\" \"$p$n-state\"; do if [ -e \"$m/%1\" ]; then keep=; fi; done; "
                           "for f in \"$p$n-\"* \"$p$n.\"*; do "
                           "case $keep$f in \"1$p$n-old\"|\"1$p$n-old.gone\"|\"1$p$n-state\") ;; *) rm -rf -- \"$f\" ;; esac; done; done; "
                           "for f in \"$p\"*; do case $f in \"$p$own\"[-.]*) ;; *) if [ -e \"$f\" ]; then printf '%s\\n' \"$f\"; fi ;; esac; done"_s.arg(keptIn);
    const auto found = runLong(step, pod, QStringList{storeShell, u"-c"_s, script, orphanMark(step.context), volume, prefix, step.context.nonce} + noncesBefore(step), u"remove what lost runs have left on the volume of %1"_s.arg(step.step.component));
    if (!found) {
        step.log(u"Warning: %1"_s.arg(found.error().message));
        return;
    }
    QByteArrayList names = found->split('\n');
    names.removeAll(QByteArray());
    for (const QByteArray& name : std::as_const(names).mid(0, namedEntries))
        step.log(u"Warning: %1 on the volume of %2 was left there by another run, and stays: that run may still be resumed or undone, or it may be the only copy of what was there before. Remove it by hand once neither is so."_s.arg(shown(name), step.step.component));
    if (names.size() > namedEntries)
        step.log(u"Warning: … and %1 more."_s.arg(names.size() - namedEntries));
}

} // namespace scalekeep::store::leftovers
