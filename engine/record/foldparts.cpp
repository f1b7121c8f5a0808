#include "engine/record/fold.h"

#include <QJsonArray>

#include <algorithm>
#include <array>

namespace scalekeep::record {

using namespace Qt::Literals::StringLiterals;

namespace {
// What a store is counted by, most telling first.
constexpr std::array units{"rows", "keys", "files", "objects"};

QString unitOf(const QJsonObject& summary)
{
    for (const char* unit : units) {
        if (summary.contains(QLatin1String(unit)))
            return QLatin1String(unit);
    }
    return {};
}

QString contentText(const QJsonObject& component)
{
    const QString version = component[u"serverVersion"].toString(), counts = summaryText(component[u"summary"].toObject()), state = component[u"state"].toString();
    QString text = component[u"id"].toString();
    if (!version.isEmpty())
        text += u' ' + version;
    if (!state.isEmpty() && state != u"proven")
        text += u": "_s + state;
    else if (!counts.isEmpty())
        text += u": "_s + counts;
    return text;
}

/// By its steps: which components are a Redis, only the catalogue of that time knew.
bool loadsRedis(const plan::Plan& plan)
{
    return std::any_of(plan.stages.begin(), plan.stages.end(), [](const plan::Stage& stage) {
        return std::any_of(stage.steps.begin(), stage.steps.end(), [](const plan::Step& step) { return step.action == u"redis.load" || step.action == u"redis.documented.load"; });
    });
}

QStringList choicesOf(const plan::Plan& plan)
{
    const QJsonObject& choices = plan.choices;
    QStringList components, texts;
    for (const QJsonValue& id : choices[u"components"].toArray())
        components.append(id.toString());
    texts.append(u"Components: %1."_s.arg(components.join(u", "_s)));
    if (plan.kind == u"backup") {
        texts.append(choices[u"quiesce"].toBool() ? u"The writers of the admin side were stopped for one point in time."_s : u"The installation stayed in service."_s);
        return texts;
    }
    if (loadsRedis(plan)) {
        texts.append(choices[u"queues"].toString() == u"empty" ? u"Queues of background jobs: emptied, no job runs twice."_s : u"Queues of background jobs: restored as documented."_s);
        texts.append(choices[u"redisMethod"].toString() == u"documented" ? u"Redis: loaded the documented way, by editing redis-config."_s : u"Redis: loaded by a helper pod on the volume."_s);
    }
    if (const QString file = choices[u"template"].toString(); !file.isEmpty())
        texts.append(u"Template for what is missing: %1."_s.arg(file));
    if (choices[u"map"].toBool())
        texts.append(u"The bundle is of another installation, on purpose."_s);
    if (const QString reason = choices[u"withoutSafetyBundle"].toString(); !reason.isEmpty())
        texts.append(u"No safety bundle was taken. Reason given: %1"_s.arg(reason));
    return texts;
}
} // namespace

QString summaryText(const QJsonObject& summary)
{
    QStringList parts;
    for (const QString& name : {u"tables"_s, u"rows"_s, u"keys"_s, u"files"_s, u"objects"_s}) {
        if (summary.contains(name))
            parts.append(u"%1 %2"_s.arg(summary[name].toInteger()).arg(name));
    }
    return parts.join(u", "_s);
}

void Fold::makeStages()
{
    for (const plan::Stage& stage : std::as_const(m_plan.stages)) {
        StageFact fact{.id = stage.id, .title = stage.title, .steps = int(stage.steps.size()), .sections = {}, .started = {}};
        QDateTime last;
        for (const plan::Step& step : stage.steps) {
            const StepFact& known = m_steps[step.id];
            if (!step.section.isEmpty() && !fact.sections.contains(step.section))
                fact.sections.append(step.section);
            if (known.first.isValid() && (!fact.started.isValid() || known.first < fact.started))
                fact.started = known.first;
            if (known.last.isValid() && (!last.isValid() || known.last > last))
                last = known.last;
            fact.done += known.state == u"done" ? 1 : 0;
            fact.failed += known.state == u"failed" || known.state == u"undo-failed" || known.state == u"interrupted" ? 1 : 0;
            fact.undone += known.state == u"undone" ? 1 : 0;
            fact.never += known.state.isEmpty() ? 1 : 0;
            fact.proven = fact.proven || known.proven;
            if (!step.departure.isEmpty() && !known.state.isEmpty())
                m.departures.append({step.section, step.title, step.departure});
        }
        if (fact.started.isValid() && last.isValid())
            fact.milliseconds = fact.started.msecsTo(last);
        m.stages.append(fact);
    }
}

void Fold::makeCounts()
{
    QHash<QString, QJsonObject> bundled;
    for (const QJsonValue& component : m_setup[u"bundle"][u"components"].toArray())
        bundled.insert(component[u"id"].toString(), component[u"summary"].toObject());
    const bool restore = m_plan.kind == u"restore", undone = m.state == u"failed-undone";
    for (const QJsonValue& id : m_plan.choices[u"components"].toArray()) {
        CountFact count{.component = id.toString(), .unit = {}, .beforeNote = {}, .proof = u"not reached"_s, .state = u"none"_s};
        const QJsonObject proof = m_proofs.value(count.component), before = m_before.value(count.component), written = m_written.value(count.component);
        QJsonObject inBundle = restore ? bundled.value(count.component) : written[u"summary"].toObject();
        if (inBundle.isEmpty())
            inBundle = proof[u"before"].toObject();
        QJsonObject after = proof[u"after"].toObject();
        if (after.isEmpty() && proof[u"objects"].isDouble())
            after = {{u"objects"_s, proof[u"present"].isDouble() ? proof[u"present"] : proof[u"objects"]}};
        const QJsonObject old = before[u"summary"].toObject();
        count.unit = unitOf(inBundle);
        if (count.unit.isEmpty())
            count.unit = unitOf(after);
        if (count.unit.isEmpty())
            count.unit = unitOf(old);
        const auto number = [&count](const QJsonObject& summary) { return summary.contains(count.unit) ? std::max<qint64>(summary[count.unit].toInteger(), 0) : -1; };
        count.before = number(old);
        count.bundle = number(inBundle);
        count.after = number(after);
        if (count.before < 0 && !before.isEmpty())
            count.beforeNote = before[u"state"].toString().left(40);
        else if (restore && count.before < 0)
            countedBefore(count);
        if (!proof.isEmpty() && !undone) {
            count.state = u"proven"_s;
            count.proof = count.unit == u"rows" ? u"%1 tables equal by digest"_s.arg(after[u"tables"].toInteger())
                        : count.unit == u"keys" ? u"all prefixes equal by digest"_s
                        : count.unit == u"files" ? u"%1 files equal by digest"_s.arg(count.after)
                        : proof[u"objects"].toInteger() < count.after ? u"every field equal of %1; what only has to be there is there"_s.arg(proof[u"objects"].toInteger())
                                                 : u"every field equal"_s;
            QStringList emptied;
            for (const QJsonValue& database : proof[u"emptiedDatabases"].toArray())
                emptied.append(QString::number(database.toInt()));
            if (!emptied.isEmpty())
                count.proof += u"; queues in database %1 emptied on purpose"_s.arg(emptied.join(u", "_s));
            if (const qsizetype warnings = proof[u"warnings"].toArray().size(); warnings > 0)
                count.proof += u"; %1 noted"_s.arg(warnings == 1 ? u"1 difference"_s : u"%1 differences"_s.arg(warnings));
        } else if (!written.isEmpty()) {
            count.state = u"proven"_s;
            count.proof = u"size and SHA-256 agree with the source"_s;
            if (m_steps.isEmpty() || m_finished.isEmpty()) {
                count.state = u"written"_s;
                count.proof = u"written, the bundle was not finished"_s;
            }
        } else if (undone) {
            count.state = u"undone"_s;
            count.proof = u"taken back"_s;
        } else if (m_failed.contains(count.component)) {
            count.state = u"failed"_s;
            count.proof = m_failed.value(count.component);
        }
        m.counts.append(count);
    }
}

/// Where no safety bundle counted what was there, what the preview saw before the first change does.
void Fold::countedBefore(CountFact& count) const
{
    constexpr qint64 most = qint64(1) << 53;
    static const QHash<QString, QString> kinds{{u"rows"_s, u"database"_s}, {u"keys"_s, u"keys"_s}, {u"files"_s, u"files"_s}, {u"objects"_s, u"objects"_s}};
    qint64 sum = 0;
    bool found = false, approximate = false;
    for (const QJsonValue& each : m_setup[u"changes"][u"entries"].toArray()) {
        const QJsonObject entry = each.toObject();
        if (entry[u"component"].toString() != count.component || entry[u"kind"].toString() != kinds.value(count.unit))
            continue;
        if (!entry[u"now"].isDouble()) {
            count.beforeNote = entry.contains(u"unreadable"_s) ? u"unreadable"_s : QString{};
            return;
        }
        sum = std::min(sum + std::clamp<qint64>(entry[u"now"].toInteger(), 0, most), most);
        found = true;
        approximate = approximate || entry[u"approximate"].toBool();
    }
    if (!found)
        return;
    if (approximate)
        count.beforeNote = u"about %1"_s.arg(sum);
    else if (count.unit == u"files" && sum > 0)
        count.beforeNote = u"%1 with links"_s.arg(sum); // the preview counts both as one
    else
        count.before = sum;
}

void Fold::makeBundles()
{
    const auto contents = [](const QJsonArray& components) {
        QStringList texts;
        for (const QJsonValue& component : components)
            texts.append(contentText(component.toObject()));
        return texts;
    };
    if (m_plan.kind == u"restore") {
        const QJsonObject known = m_setup[u"bundle"].toObject();
        m.bundles.append({.role = u"restored"_s, .path = m_plan.bundle, .digest = m_setup[u"bundleDigest"].toString(), .bytes = known[u"fileBytes"].toInteger(-1), .cluster = known[u"cluster"].toString(),
                          .namespaceName = known[u"namespace"].toString(), .threescaleVersion = known[u"threescaleVersion"].toString(), .flavour = known[u"flavour"].toString(),
                          .taken = QDateTime::fromString(known[u"started"].toString(), Qt::ISODateWithMs), .completeness = known[u"completeness"].toInt(-1), .contents = contents(known[u"components"].toArray())});
    }
    const QString writes = m_setup[u"writesTo"].toString();
    if (writes.isEmpty())
        return;
    // In the plan's order, whatever the order in which the streams ended.
    QJsonArray entries;
    for (const QJsonValue& id : m_plan.choices[u"components"].toArray()) {
        const QJsonObject entry = (m_plan.kind == u"restore" ? m_before : m_written).value(id.toString());
        if (!entry.isEmpty())
            entries.append(entry);
    }
    m.bundles.append({.role = m_plan.kind == u"restore" ? u"safety"_s : u"written"_s, .path = writes, .digest = m_finished[u"membersSha256"].toString(), .bytes = m_finished[u"fileBytes"].toInteger(-1),
                      .cluster = m.cluster, .namespaceName = m.namespaceName, .threescaleVersion = m.threescaleVersion, .flavour = m.flavour, .taken = m.started,
                      .completeness = m_finished[u"completeness"][u"score"].toInt(-1), .contents = contents(entries)});
}

void Fold::makeChange()
{
    const QJsonObject planned = m_plan.choices[u"change"].toObject();
    for (const ChangeField& field : changeFields()) {
        const QString name = QLatin1String(field.name);
        if (const QString text = planned[name].toString().left(longestText); !text.isEmpty())
            m.change.append({.field = name, .text = text, .at = {}, .by = {}});
        for (const Afterwards& entry : m_afterwards) {
            if (entry.field == name)
                m.change.append({.field = name, .text = entry.text, .at = entry.at, .by = entry.by});
        }
    }
}

Result<Record> Fold::finish()
{
    if (m_steps.isEmpty())
        return fail(m_planError);
    m.choices = choicesOf(m_plan);
    if (!m_stoppedNow.isEmpty()) {
        m.stoppedMilliseconds += m_stoppedSince.msecsTo(m.ended);
        m.stillStopped = true;
    }
    makeStages();
    makeCounts();
    makeBundles();
    makeChange();
    return m;
}

} // namespace scalekeep::record
