#include "engine/store/proof.h"

#include <QJsonArray>
#include <QJsonDocument>

namespace scalekeep::store {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr int shownDifferences = 10;

Result<std::unique_ptr<index::Indexer>> readNow(run::StepRun& step, const Dump& dump)
{
    auto indexer = index::indexer(dump.format);
    oc::StreamOptions options;
    options.compress = dump.compress;
    options.compressIfItPays = dump.compressIfItPays;
    options.acceptedExitCodes = dump.acceptedExitCodes;
    options.progress = [&step](qint64 plain, qint64) { step.progress(plain, step.step.weight, u"bytes"_s); };
    const auto streamed = step.client.streamOut(dump.pod, dump.argv, [&](std::span<const char> data) { return indexer->add(data); }, options);
    if (!streamed)
        return fail(streamed.error());
    return indexer;
}

/// Of an error that says nothing about what to do next, or only that room is needed.
Error withHint(Error error, const QString& hint)
{
    if (error.hint.isEmpty() || error.code == ErrorCode::NoSpace)
        error.hint = (error.hint + u' ' + hint).trimmed();
    return error;
}

Result<void> judgeBack(run::StepRun& step, const QString& component, const QList<index::Difference>& differences)
{
    QStringList failures;
    for (const index::Difference& difference : differences) {
        if (!difference.warning)
            failures.append(u"%1: %2"_s.arg(difference.entry, difference.what));
    }
    if (!failures.isEmpty())
        return fail(ErrorCode::VerificationFailed, u"%1 is not equal to the safety bundle after it was put back: %2."_s.arg(component, failures.first()),
                    u"The writers stay stopped. Undo the run again; the safety bundle is %1."_s.arg(step.context.bundlePath), failures.mid(0, shownDifferences).join(u'\n'));
    step.log(u"%1 is as the safety bundle has it."_s.arg(component));
    return {};
}

Result<QJsonObject> judge(run::StepRun& step, const QString& component, const index::TreeComparison& compared)
{
    QStringList failures, warnings;
    for (const index::Difference& difference : compared.differences)
        (difference.warning ? warnings : failures).append(u"%1: %2"_s.arg(difference.entry, difference.what));
    for (const QString& warning : warnings.mid(0, shownDifferences))
        step.log(u"Warning: %1"_s.arg(warning));
    if (!failures.isEmpty()) {
        return fail(ErrorCode::VerificationFailed, u"%1 is not equal to the bundle after loading: %2."_s.arg(component, failures.first()),
                    u"The writers are still stopped. Undo the run to get the earlier data back, or resume it to load again."_s,
                    failures.mid(0, shownDifferences).join(u'\n') + (failures.size() > shownDifferences ? (failures.size() < index::TreeComparison::MostDifferences ? u"\n… and %1 more"_s : u"\n… and at least %1 more"_s).arg(failures.size() - shownDifferences) : QString{}));
    }
    return QJsonObject{{u"proven"_s, true},
                       {u"before"_s, compared.expected[u"summary"]},
                       {u"after"_s, compared.found[u"summary"]},
                       {u"warnings"_s, QJsonArray::fromStringList(warnings.mid(0, 100))}};
}
} // namespace

Result<QJsonObject> indexOf(run::StepRun& step, const Dump& dump)
{
    const auto read = readNow(step, dump);
    return read ? (*read)->finish() : fail(read.error());
}

Result<QJsonObject> storedIndex(const bundle::Reader& reader, const QString& component)
{
    const auto text = reader.index(component);
    return text ? Result<QJsonObject>(QJsonDocument::fromJson(*text).object()) : fail(text.error());
}

Result<index::TreeComparison> compareToStoredTree(const bundle::Reader& reader, const QString& component, index::Indexer& found)
{
    const auto text = reader.indexSource(component);
    if (!text)
        return fail(text.error());
    index::EntryReader stored(*text);
    auto compared = index::compareTree(stored, found);
    if (!compared && compared.error().code == ErrorCode::Damaged)
        return fail(ErrorCode::Damaged, u"The index of “%1” in the bundle “%2” cannot be read, so nothing can be proven by it."_s.arg(component, reader.path()), {}, compared.error().message);
    return compared;
}

Result<void> proveBack(run::StepRun& step, const QString& component, const QJsonObject& found, const QDateTime& at)
{
    const auto stored = storedIndex(*step.context.safety, component);
    return stored ? judgeBack(step, component, index::differences(*stored, found, at.toMSecsSinceEpoch())) : fail(stored.error());
}

Result<QJsonObject> prove(run::StepRun& step, const QString& component, const QJsonObject& found, const QDateTime& at)
{
    const auto expected = storedIndex(*step.context.reader, component);
    return expected ? judge(step, component, {index::differences(*expected, found, at.toMSecsSinceEpoch()), *expected, found}) : fail(expected.error());
}

Result<QJsonObject> proveTree(run::StepRun& step, const Dump& dump)
{
    const auto read = readNow(step, dump);
    const auto compared = read ? compareToStoredTree(*step.context.reader, dump.component.id, **read) : fail(read.error());
    return compared ? judge(step, dump.component.id, *compared) : fail(withHint(compared.error(), u"The writers are still stopped. Undo the run to get the earlier data back, or resume it to load again."_s));
}

Result<void> proveTreeBack(run::StepRun& step, const Dump& dump)
{
    const auto read = readNow(step, dump);
    const auto compared = read ? compareToStoredTree(*step.context.safety, dump.component.id, **read) : fail(read.error());
    return compared ? judgeBack(step, dump.component.id, compared->differences) : fail(withHint(compared.error(), u"The writers stay stopped. The safety bundle is %1."_s.arg(step.context.bundlePath)));
}

} // namespace scalekeep::store
