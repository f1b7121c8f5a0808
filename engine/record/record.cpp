#include "engine/record/record.h"

#include <QJsonArray>

namespace scalekeep::record {

using namespace Qt::Literals::StringLiterals;

namespace {
QString time(const QDateTime& moment)
{
    return moment.isValid() ? moment.toUTC().toString(Qt::ISODateWithMs) : QString{};
}

QJsonObject json(const FieldText& each);
QJsonObject json(const Pass& each);
QJsonObject json(const BundleFact& each);
QJsonObject json(const CommandFact& each);
QJsonObject json(const Activity& each);
QJsonObject json(const StageFact& each);
QJsonObject json(const CountFact& each);
QJsonObject json(const Departure& each);
QJsonObject json(const Searched& each);
QJsonObject json(const run::Check& each);
QJsonObject json(const Error& each);

template <class T>
QJsonArray list(const QList<T>& values)
{
    QJsonArray array;
    for (const T& value : values)
        array.append(json(value));
    return array;
}

QJsonObject json(const FieldText& each)
{
    return {{u"field"_s, each.field}, {u"text"_s, each.text}, {u"entered"_s, each.afterwards() ? u"afterwards"_s : u"before the run"_s}, {u"at"_s, time(each.at)}, {u"by"_s, each.by}};
}

QJsonObject json(const Pass& each)
{
    return {{u"mode"_s, each.mode}, {u"at"_s, time(each.at)}, {u"operator"_s, each.operatorIdentity}, {u"localUser"_s, each.localUser}, {u"host"_s, each.host}, {u"program"_s, each.program}, {u"journalRepaired"_s, each.repaired}};
}

QJsonObject json(const BundleFact& each)
{
    return {{u"role"_s, each.role}, {u"path"_s, each.path}, {u"membersSha256"_s, each.digest}, {u"fileBytes"_s, each.bytes}, {u"cluster"_s, each.cluster}, {u"namespace"_s, each.namespaceName},
            {u"threescaleVersion"_s, each.threescaleVersion}, {u"flavour"_s, each.flavour}, {u"taken"_s, time(each.taken)}, {u"completeness"_s, each.completeness}, {u"contents"_s, QJsonArray::fromStringList(each.contents)}};
}

QJsonObject json(const CommandFact& each)
{
    return {{u"line"_s, each.line}, {u"command"_s, each.command}, {u"ended"_s, each.ended}, {u"exitCode"_s, each.exitCode}, {u"milliseconds"_s, each.milliseconds}, {u"bytesIn"_s, each.bytesIn},
            {u"bytesOut"_s, each.bytesOut}, {u"errorText"_s, each.errorText}};
}

QJsonObject json(const Activity& each)
{
    return {{u"line"_s, each.line}, {u"step"_s, each.step}, {u"title"_s, each.title}, {u"kind"_s, each.kind}, {u"component"_s, each.component}, {u"section"_s, each.section}, {u"state"_s, each.state},
            {u"started"_s, time(each.started)}, {u"milliseconds"_s, each.milliseconds}, {u"result"_s, each.result}, {u"changes"_s, each.changes}, {u"commands"_s, list(each.commands)}};
}

QJsonObject json(const StageFact& each)
{
    return {{u"id"_s, each.id}, {u"title"_s, each.title}, {u"steps"_s, each.steps}, {u"done"_s, each.done}, {u"failed"_s, each.failed}, {u"undone"_s, each.undone}, {u"neverBegun"_s, each.never},
            {u"sections"_s, QJsonArray::fromStringList(each.sections)}, {u"started"_s, time(each.started)}, {u"milliseconds"_s, each.milliseconds}, {u"proven"_s, each.proven}};
}

QJsonObject json(const CountFact& each)
{
    return {{u"component"_s, each.component}, {u"unit"_s, each.unit}, {u"before"_s, each.before}, {u"beforeNote"_s, each.beforeNote}, {u"bundle"_s, each.bundle}, {u"after"_s, each.after}, {u"proof"_s, each.proof}, {u"state"_s, each.state}};
}

QJsonObject json(const Departure& each)
{
    return {{u"section"_s, each.section}, {u"step"_s, each.step}, {u"reason"_s, each.reason}};
}

QJsonObject json(const Searched& each)
{
    return {{u"path"_s, each.path}, {u"atHand"_s, each.atHand}};
}

QJsonObject json(const run::Check& each)
{
    return run::toJson(each);
}

QJsonObject json(const Error& each)
{
    return run::errorToJson(each);
}
} // namespace

QJsonObject toJson(const Record& record)
{
    return {{u"runId"_s, record.runId},
            {u"kind"_s, record.kind},
            {u"state"_s, record.state},
            {u"change"_s, list(record.change)},
            {u"passes"_s, list(record.passes)},
            {u"cluster"_s, record.cluster},
            {u"apiUrl"_s, record.apiUrl},
            {u"serverVersion"_s, record.serverVersion},
            {u"namespace"_s, record.namespaceName},
            {u"projectUid"_s, record.projectUid},
            {u"threescaleVersion"_s, record.threescaleVersion},
            {u"flavour"_s, record.flavour},
            {u"started"_s, time(record.started)},
            {u"ended"_s, time(record.ended)},
            {u"stoppedMilliseconds"_s, record.stoppedMilliseconds},
            {u"stillStopped"_s, record.stillStopped},
            {u"stopped"_s, QJsonArray::fromStringList(record.stopped)},
            {u"bundles"_s, list(record.bundles)},
            {u"choices"_s, QJsonArray::fromStringList(record.choices)},
            {u"checks"_s, list(record.checks)},
            {u"stages"_s, list(record.stages)},
            {u"activities"_s, list(record.activities)},
            {u"counts"_s, list(record.counts)},
            {u"departures"_s, list(record.departures)},
            {u"warnings"_s, QJsonArray::fromStringList(record.warnings)},
            {u"interruptions"_s, QJsonArray::fromStringList(record.interruptions)},
            {u"error"_s, record.error ? QJsonValue(run::errorToJson(*record.error)) : QJsonValue()},
            {u"undoErrors"_s, list(record.undoErrors)},
            {u"lines"_s, record.lines},
            {u"head"_s, QString::fromLatin1(record.head)},
            {u"searched"_s, list(record.searched)}};
}

} // namespace scalekeep::record
