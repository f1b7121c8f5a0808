#include "models/run/runtexts.h"

#include "engine/run/facts.h"
#include "models/common/format.h"

#include <QCoreApplication>

#include <array>

namespace scalekeep::models {

using namespace Qt::Literals::StringLiterals;

namespace {
struct Texts {
    Q_DECLARE_TR_FUNCTIONS(scalekeep::models::Runs)
};

QString counted(const QJsonObject& summary)
{
    // The first that a store has says most: a dump of tables also counts rows, a tree of files also folders.
    static const std::array names{"files", "keys", "tables", "objects"};
    for (const char* name : names) {
        const QString key = QLatin1String(name);
        if (!summary.contains(key))
            continue;
        const qint64 count = summary[key].toInteger();
        const int number = int(std::clamp<qint64>(count, 0, 1'000'000'000));
        const QString shown = formatCount(count);
        if (key == u"files")
            return Texts::tr("%1 files", nullptr, number).arg(shown);
        if (key == u"keys")
            return Texts::tr("%1 keys", nullptr, number).arg(shown);
        if (key == u"tables")
            return Texts::tr("%1 tables", nullptr, number).arg(shown);
        return Texts::tr("%1 objects", nullptr, number).arg(shown);
    }
    return {};
}
} // namespace

bool isProven(const QJsonObject& stepResult)
{
    return run::isProven(stepResult);
}

QString resultText(const QJsonObject& stepResult)
{
    QString count = counted(stepResult[u"summary"].toObject());
    if (count.isEmpty())
        count = counted(stepResult[u"after"].toObject());
    if (count.isEmpty())
        count = counted(stepResult);
    if (isProven(stepResult))
        return count.isEmpty() ? Texts::tr("Proven") : Texts::tr("Proven: %1").arg(count);
    return count.isEmpty() ? Texts::tr("Done") : Texts::tr("Done: %1").arg(count);
}

qint64 resultBytes(const QJsonObject& stepResult)
{
    return stepResult.contains(u"bytes"_s) ? std::max<qint64>(stepResult[u"bytes"].toInteger(), 0) : -1;
}

QString runTitle(const QString& kind, const QString& cluster, const QString& namespaceName)
{
    const QString where = u"%1 / %2"_s.arg(cluster, namespaceName);
    if (kind == u"backup")
        return Texts::tr("Backup of %1").arg(where);
    if (kind == u"restore")
        return Texts::tr("Restore of %1").arg(where);
    return Texts::tr("Run in %1").arg(where);
}

QString stateTitle(const QString& state)
{
    if (state == u"done")
        return Texts::tr("Done");
    if (state == u"failed-unchanged")
        return Texts::tr("Failed, nothing changed");
    if (state == u"failed-undone")
        return Texts::tr("Failed, undone");
    if (state == u"needs-attention")
        return Texts::tr("Needs attention");
    if (state == u"interrupted")
        return Texts::tr("Interrupted");
    if (state == u"damaged")
        return Texts::tr("Journal damaged");
    if (state == u"running")
        return Texts::tr("Running");
    return Texts::tr("Unknown");
}

QString stateSentence(const QString& kind, const QString& state)
{
    const bool backup = kind == u"backup";
    if (state == u"done")
        return backup ? Texts::tr("The bundle is complete and proven.") : Texts::tr("The restored data is equal to the bundle.");
    if (state == u"failed-unchanged")
        return Texts::tr("Nothing was changed in the namespace.");
    if (state == u"failed-undone")
        return Texts::tr("Every change was undone. The namespace is as it was before.");
    if (state == u"needs-attention")
        return Texts::tr("Changes are left in the namespace, and its lock is kept. Resume the run or undo it; do not start the writers before.");
    if (state == u"interrupted")
        return backup ? Texts::tr("The program ended during this run. If the backup had stopped writers or started a helper pod, they are still so. Resume the run or undo it.")
                      : Texts::tr("The program ended during this run. The namespace is between its old and its new state, and its lock is kept. Resume the run or undo it.");
    if (state == u"damaged")
        return Texts::tr("The journal was edited or damaged, so that the run can be neither resumed nor undone from it.");
    return {};
}

QString stateGlyph(const QString& state)
{
    if (state == u"done")
        return u"proven"_s;
    if (state == u"failed-unchanged" || state == u"damaged")
        return u"failed"_s;
    if (state == u"failed-undone")
        return u"undone"_s;
    if (state == u"needs-attention" || state == u"interrupted")
        return u"warning"_s;
    if (state == u"running")
        return u"running"_s;
    return u"note"_s;
}

QString stepGlyph(StepState state)
{
    switch (state) {
    case StepState::Waiting: return u"waiting"_s;
    case StepState::Running:
    case StepState::Undoing: return u"running"_s;
    case StepState::Proven:
    case StepState::Done: return u"proven"_s;
    case StepState::Failed:
    case StepState::UndoFailed: return u"failed"_s;
    case StepState::Undone: return u"undone"_s;
    case StepState::Skipped: return u"skipped"_s;
    }
    return {};
}

QString stateName(run::Outcome::State state)
{
    return run::stateName(state);
}

QString stateOf(const RunFold& fold)
{
    if (fold.outcome())
        return run::stateName(fold.outcome()->state);
    return fold.begun() ? u"interrupted"_s : u"failed-unchanged"_s;
}

QString levelName(LogLine::Level level)
{
    switch (level) {
    case LogLine::Level::Debug: return Texts::tr("debug");
    case LogLine::Level::Info: return Texts::tr("info");
    case LogLine::Level::Warning: return Texts::tr("warning");
    case LogLine::Level::Error: return Texts::tr("error");
    }
    return {};
}

QString stepText(const StepProgress& step)
{
    switch (step.state) {
    case StepState::Waiting: return Texts::tr("Waiting");
    case StepState::Running: return step.unit.isEmpty() || step.unit == u"bytes" || step.total <= 0 ? Texts::tr("Running") : Texts::tr("%1 of %2 %3").arg(formatCount(step.done), formatCount(step.total), step.unit);
    case StepState::Proven:
    case StepState::Done: return step.message;
    case StepState::Failed: return step.message.isEmpty() ? Texts::tr("Failed") : step.message;
    case StepState::Undoing: return Texts::tr("Being undone");
    case StepState::Undone: return Texts::tr("Undone");
    case StepState::UndoFailed: return Texts::tr("Not undone: %1").arg(step.message);
    case StepState::Skipped: return Texts::tr("Not started");
    }
    return {};
}

QString bounded(const QString& text, qsizetype limit)
{
    QString shown = text.size() > limit ? text.left(limit) + u'…' : text;
    for (QChar& character : shown) {
        if (character.category() == QChar::Other_Control || character == QChar::LineSeparator || character == QChar::ParagraphSeparator)
            character = u' ';
    }
    return shown;
}

} // namespace scalekeep::models
