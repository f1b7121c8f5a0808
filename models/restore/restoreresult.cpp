#include "models/restore/restoreresult.h"

#include "models/common/format.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QJsonArray>

namespace scalekeep::models {

using namespace Qt::Literals::StringLiterals;

namespace {
struct Texts {
    Q_DECLARE_TR_FUNCTIONS(scalekeep::models::RestoreResult)
};

QString proofOf(const QJsonObject& result)
{
    const QJsonObject after = result[u"after"].toObject();
    QStringList parts;
    const auto add = [&parts](const QJsonObject& from, QStringView key, const QString& text) {
        if (from.contains(key))
            parts.append(text.arg(formatCount(from[key].toInteger())));
    };
    add(after, u"tables", Texts::tr("%1 tables"));
    add(after, u"rows", Texts::tr("%1 rows"));
    add(after, u"keys", Texts::tr("%1 keys"));
    add(after, u"files", Texts::tr("%1 files"));
    add(result, u"objects", Texts::tr("%1 objects"));
    return parts.join(u", "_s);
}
} // namespace

RestoreResult resultOf(const RunState& run)
{
    RestoreResult made;
    if (!run.outcome())
        return made;
    const run::Outcome& outcome = *run.outcome();
    const QJsonObject results = run.results();
    for (auto it = results.begin(); it != results.end(); ++it) {
        if (it.key().startsWith(u"prove:"_s) && it.value()[u"proven"].toBool())
            made.proven.append({it.key().mid(6).left(100), proofOf(it.value().toObject())});
    }
    if (!run.writesTo().isEmpty() && QFileInfo::exists(run.writesTo()))
        made.safetyBundle = run.writesTo();
    const QString where = NamespaceRef{run.plan().cluster, run.plan().namespaceName}.title();
    if (outcome.error) {
        made.text = outcome.error->message;
        made.detail = outcome.error->detail;
    }
    switch (outcome.state) {
    case run::Outcome::State::Done:
        made.glyph = u"proven"_s;
        made.title = Texts::tr("%1 is restored, and proven equal to the bundle").arg(where);
        made.text = Texts::tr("What was loaded was read back and compared with the bundle.");
        made.nextSteps.append(Texts::tr("Log in to the Admin Portal, and send a request through a gateway."));
        if (!made.safetyBundle.isEmpty())
            made.nextSteps.append(Texts::tr("Keep the safety bundle until you are sure: it is the state before the restore, and is restored like any other bundle."));
        break;
    case run::Outcome::State::FailedUnchanged:
        made.glyph = u"failed"_s;
        made.title = Texts::tr("The restore ended before anything was changed in %1").arg(where);
        made.nextSteps.append(Texts::tr("Correct the cause, then check and restore again."));
        break;
    case run::Outcome::State::FailedUndone:
        made.glyph = u"undone"_s;
        made.title = Texts::tr("The restore failed, and every change in %1 was undone").arg(where);
        made.nextSteps.append(Texts::tr("Correct the cause, then check and restore again."));
        break;
    case run::Outcome::State::NeedsAttention:
        made.glyph = u"failed"_s;
        if (outcome.error && outcome.error->code == ErrorCode::LockUnknown) {
            made.title = Texts::tr("Nothing was changed in %1, but it may be locked").arg(where);
            made.nextSteps.append(Texts::tr("Open the run on Runs: it is resumed or undone there."));
            break;
        }
        made.title = Texts::tr("%1 is not as it was").arg(where);
        made.nextSteps.append(Texts::tr("Open the run on Runs: resume it, or undo the rest. Its lock and the original replica counts are kept."));
        made.nextSteps.append(Texts::tr("Do not start the writers before the data is right."));
        break;
    }
    if (outcome.error && !outcome.error->hint.isEmpty())
        made.nextSteps.prepend(outcome.error->hint);
    for (const Error& error : outcome.undoErrors.mid(0, 20))
        made.detail += (made.detail.isEmpty() ? QString{} : u"\n"_s) + Texts::tr("Not undone: %1").arg(error.message);
    return made;
}

QString asText(const RestoreResult& result)
{
    QString text = result.title + u".\n"_s + result.text + u'\n';
    for (const RestoreResult::Proven& each : result.proven)
        text += Texts::tr("Proven: %1").arg(each.component) + (each.what.isEmpty() ? QString{} : u" ("_s + each.what + u')') + u'\n';
    if (!result.safetyBundle.isEmpty())
        text += Texts::tr("Safety bundle: %1").arg(result.safetyBundle) + u'\n';
    for (const QString& step : result.nextSteps)
        text += step + u'\n';
    if (!result.detail.isEmpty())
        text += u'\n' + result.detail + u'\n';
    return text;
}

} // namespace scalekeep::models
