#include "engine/record/fold.h"

#include <QJsonArray>

#include <algorithm>

namespace scalekeep::record {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr qsizetype mostWarnings = 500, mostInterruptions = 500;

QString clock(const QDateTime& time)
{
    return time.toString(u"HH:mm:ss"_s) + u" UTC"_s;
}

/// What a step's answer says, for a line of the record.
QString resultText(const QJsonObject& result)
{
    QStringList parts;
    if (result.contains(u"after"_s))
        parts.append(summaryText(result[u"after"].toObject()));
    else if (result.contains(u"summary"_s))
        parts.append(summaryText(result[u"summary"].toObject()));
    else if (result[u"objects"].isDouble())
        parts.append(u"%1 objects"_s.arg(result[u"objects"].toInteger()));
    if (result[u"bytes"].isDouble())
        parts.append(u"%1 bytes"_s.arg(result[u"bytes"].toInteger()));
    if (result.contains(u"unreadable"_s))
        parts.append(u"unreadable: "_s + result[u"unreadable"].toString().left(500));
    if (result.contains(u"absent"_s))
        parts.append(u"nothing there"_s);
    parts.removeAll(QString{});
    return parts.join(u", "_s);
}
} // namespace

void Fold::apply(const run::Event& event)
{
    const qint64 line = event.number + 1;
    m.ended = event.time;
    if (event.type == u"run-started")
        return m_setup.isEmpty() ? started(event) : void();
    if (event.type == u"run-resumed")
        return resumed(event);
    if (event.type == u"run-finished") {
        m.state = event.data[u"state"].toString().left(40);
        m.error.reset();
        if (event.data.contains(u"error"_s))
            m.error = run::errorFromJson(event.data[u"error"].toObject());
        m.undoErrors.clear();
        for (const QJsonValue& error : event.data[u"undoErrors"].toArray())
            m.undoErrors.append(run::errorFromJson(error.toObject()));
        m_ended = true;
        return;
    }
    if (event.type == u"paused")
        return interruption(event.time, u"held before the next step"_s);
    if (event.type == u"resumed")
        return interruption(event.time, u"went on after the hold"_s);
    if (event.type == u"login-lost")
        return interruption(event.time, u"the login was no longer good; the run waited"_s);
    if (event.type == u"login-renewed")
        return interruption(event.time, u"logged in again"_s);
    if (!m_steps.contains(event.step))
        return; // of no step of this plan: nothing that this version knows
    if (event.type == u"command-started" || event.type == u"command-finished")
        return command(event, line);
    if (event.type == u"step-started" || event.type == u"undo-started")
        return stepBegan(event, line);
    if (event.type == u"step-done" || event.type == u"step-failed")
        return stepEnded(event, line);
    if (event.type == u"undo-done" || event.type == u"undo-failed")
        return undoEnded(event);
    if (event.type == u"step-again") {
        m_steps[event.step].state.clear();
        return interruption(event.time, u"“%1” had to be done once more: %2"_s.arg(m_steps[event.step].step->title, event.data[u"because"].toString(u"what it made was gone"_s)));
    }
    if (const QString text = event.data[u"text"].toString(); event.type == u"log" && text.startsWith(u"Warning"_s))
        warn(u"%1: %2"_s.arg(m_steps[event.step].step->title, text.section(u": "_s, 1).isEmpty() ? text : text.section(u": "_s, 1)));
}

void Fold::started(const run::Event& event)
{
    m_setup = event.data;
    m.started = event.time;
    m.state = u"interrupted"_s;
    auto plan = plan::fromJson(m_setup[u"plan"].toObject());
    if (plan && plan->digest() != m_setup[u"planSha256"].toString().toLatin1())
        plan = fail(ErrorCode::Damaged, u"The plan in the journal is not the one that was begun."_s);
    if (!plan) {
        m_planError = {ErrorCode::Damaged, u"The journal does not say what was to be done."_s, plan.error().message, {}};
        return;
    }
    m_plan = std::move(*plan);
    for (const plan::Stage& stage : std::as_const(m_plan.stages)) {
        for (const plan::Step& step : stage.steps)
            m_steps.insert(step.id, {.step = &step, .state = {}, .first = {}, .last = {}});
    }
    m.runId = m_setup[u"runId"].toString().left(200);
    m.kind = m_plan.kind;
    m.cluster = m_plan.cluster;
    m.apiUrl = m_plan.apiUrl;
    m.namespaceName = m_plan.namespaceName;
    m.projectUid = m_plan.projectUid;
    m.serverVersion = m_setup[u"serverVersion"].toString().left(100);
    m.threescaleVersion = m_setup[u"threescaleVersion"].toString(m_setup[u"catalogueVersion"].toString());
    m.flavour = m_setup[u"flavour"].toString(m_setup[u"catalogueFlavour"].toString()); // empty: not known; the catalogue's is then a guess
    for (const QJsonValue& check : m_setup[u"checks"].toArray()) {
        if (m.checks.size() < 200)
            m.checks.append(run::checkFromJson(check.toObject()));
    }
    m.warnings = m_plan.warnings;
    m.passes.append({.mode = u"run"_s, .at = event.time, .operatorIdentity = m_setup[u"operator"].toString(), .localUser = m_setup[u"localUser"].toString(), .host = m_setup[u"host"].toString(), .program = m_setup[u"program"].toString()});
}

void Fold::resumed(const run::Event& event)
{
    const bool undo = event.data[u"mode"].toString() == u"undo";
    if (!m_ended)
        interruption(event.time, u"the program had ended in the middle of the run"_s);
    m.passes.append({.mode = undo ? u"undo"_s : u"resume"_s, .at = event.time, .operatorIdentity = event.data[u"operator"].toString(), .localUser = event.data[u"localUser"].toString(),
                     .host = event.data[u"host"].toString(), .program = event.data[u"program"].toString(), .repaired = event.data[u"journalRepaired"].toBool()});
    m.state = u"interrupted"_s;
    m.error.reset();
    m.undoErrors.clear();
    m_ended = false;
    m_open.clear();
}

void Fold::interruption(const QDateTime& at, const QString& text)
{
    if (m.interruptions.size() < mostInterruptions)
        m.interruptions.append(u"%1: %2."_s.arg(clock(at), text));
}

void Fold::warn(const QString& text)
{
    if (m.warnings.size() < mostWarnings)
        m.warnings.append(text.left(longestText));
    else if (m.warnings.size() == mostWarnings)
        m.warnings.append(u"There are more warnings, in the journal."_s);
}

qsizetype Fold::begin(const run::Event& event, qint64 line, const QString& kind)
{
    const plan::Step& step = *m_steps[event.step].step;
    m.activities.append({.line = line, .step = step.id, .title = step.title, .kind = kind, .component = step.component, .section = step.section, .state = u"interrupted"_s, .started = event.time,
                         .result = {}, .commands = {}, .changes = step.changes});
    m_open.insert(step.id, m.activities.size() - 1);
    return m.activities.size() - 1;
}

void Fold::end(const QString& step, const QDateTime& at, const QString& state, const QString& result)
{
    const auto open = m_open.constFind(step);
    if (open == m_open.constEnd())
        return;
    Activity& activity = m.activities[*open];
    activity.state = state;
    activity.result = result;
    activity.milliseconds = activity.started.msecsTo(at);
    m_open.erase(open);
}

void Fold::command(const run::Event& event, qint64 line)
{
    const std::pair number{event.step, event.data[u"number"].toInteger()};
    if (event.type == u"command-started") {
        // What a step is asked before it goes on, or after a login was lost, belongs to no run of it.
        const qsizetype place = m_open.contains(event.step) ? m_open[event.step] : begin(event, line, u"check"_s);
        m.activities[place].commands.append({.line = line, .command = event.data[u"command"].toString(), .errorText = {}});
        m_commands.insert(number, {place, m.activities[place].commands.size() - 1});
        return;
    }
    const auto found = m_commands.constFind(number);
    if (found == m_commands.constEnd())
        return;
    Activity& activity = m.activities[found->first];
    CommandFact& command = activity.commands[found->second];
    command = {.line = line, .command = event.data[u"command"].toString(command.command), .ended = true, .exitCode = event.data[u"exitCode"].toInt(), .milliseconds = event.data[u"milliseconds"].toInteger(),
               .bytesIn = event.data[u"bytesIn"].toInteger(), .bytesOut = event.data[u"bytesOut"].toInteger(), .errorText = event.data[u"errorText"].toString().left(longestText)};
    if (activity.kind == u"check") {
        activity.state = u"done"_s;
        activity.milliseconds = activity.started.msecsTo(event.time);
    }
    m_commands.erase(found);
}

void Fold::stepBegan(const run::Event& event, qint64 line)
{
    StepFact& fact = m_steps[event.step];
    const bool undo = event.type == u"undo-started", cleanup = event.data[u"cleanup"].toBool();
    begin(event, line, undo ? u"undo"_s : cleanup ? u"cleanup"_s : u"step"_s);
    if (undo)
        return;
    if (!fact.first.isValid())
        fact.first = event.time;
    if (!cleanup)
        fact.state = u"interrupted"_s;
    stop(*fact.step, event.time);
}

void Fold::stepEnded(const run::Event& event, qint64 line)
{
    StepFact& fact = m_steps[event.step];
    const QJsonObject result = event.data[u"result"].toObject();
    const bool done = event.type == u"step-done", proven = done && run::isProven(result), cleanup = event.data[u"cleanup"].toBool();
    if (!m_open.contains(event.step)) // it had happened before the program ended, or its lock was not ours
        begin(event, line, u"check"_s);
    end(event.step, event.time, !done ? u"failed"_s : proven ? u"proven"_s : u"done"_s, done ? resultText(result) : event.data[u"message"].toString().left(longestText));
    fact.last = event.time;
    if (done)
        goOn(*fact.step, event.time);
    if (cleanup)
        return;
    fact.state = done ? u"done"_s : u"failed"_s;
    fact.proven = proven;
    if (done)
        noteResult(*fact.step, result);
    else if (!fact.step->component.isEmpty() && fact.step->proves)
        m_failed.insert(fact.step->component, event.data[u"message"].toString().left(longestText));
}

void Fold::undoEnded(const run::Event& event)
{
    StepFact& fact = m_steps[event.step];
    const bool done = event.type == u"undo-done";
    end(event.step, event.time, done ? u"done"_s : u"failed"_s, done ? fact.step->undo : event.data[u"message"].toString().left(longestText));
    fact.state = done ? u"undone"_s : u"undo-failed"_s;
    fact.proven = false;
    if (!done)
        return;
    if (fact.step->changes && !fact.step->component.isEmpty())
        m_proofs.remove(fact.step->component); // what was loaded is gone again
    // The undo of a stop starts again, and the other way round.
    if (fact.step->action == u"workloads.start")
        stop(*fact.step, event.time);
    else
        goOn(*fact.step, event.time);
}

void Fold::noteResult(const plan::Step& step, const QJsonObject& result)
{
    if (result.contains(u"membersSha256"_s))
        m_finished = result;
    for (const QJsonValue& warning : result[u"warnings"].toArray()) {
        if (const QString text = u"%1: %2"_s.arg(step.title, warning.toString()); !m.warnings.contains(text))
            warn(text); // proofs also log theirs
    }
    const QJsonObject entry = result[u"entry"].toObject();
    if (!entry.isEmpty())
        (m_plan.kind == u"restore" ? m_before : m_written).insert(entry[u"id"].toString(), entry);
    else if (result[u"proven"].toBool() && !step.component.isEmpty()) {
        m_proofs.insert(step.component, result);
        m_failed.remove(step.component);
    }
}

/// Workloads that the run has stopped are out of service until it has started them again. The operator's own Deployment serves nobody.
void Fold::stop(const plan::Step& step, const QDateTime& at)
{
    const bool stops = step.action == u"workloads.stop" || step.action == u"workloads.start"; // the latter: its undo
    if (!stops || (step.action == u"workloads.start" && !m_steps[step.id].state.startsWith(u"undone"_s)) || step.id.contains(u"operator"_s))
        return;
    if (m_stoppedNow.isEmpty())
        m_stoppedSince = at;
    for (const QJsonValue& each : step.parameters[u"workloads"].toArray()) {
        const QString name = each[u"name"].toString();
        m_stoppedNow.insert(name);
        if (!m.stopped.contains(name))
            m.stopped.append(name);
    }
}

void Fold::goOn(const plan::Step& step, const QDateTime& at)
{
    const bool undoneStop = step.action == u"workloads.stop" && m_steps[step.id].state == u"undone";
    if ((step.action != u"workloads.start" && step.action != u"workloads.resume" && !undoneStop) || m_stoppedNow.isEmpty())
        return;
    for (const QJsonValue& each : step.parameters[u"workloads"].toArray())
        m_stoppedNow.remove(each[u"name"].toString());
    if (m_stoppedNow.isEmpty())
        m.stoppedMilliseconds += m_stoppedSince.msecsTo(at);
}

QString Record::text(const QString& field) const
{
    const auto found = std::find_if(change.begin(), change.end(), [&field](const FieldText& each) { return each.field == field; });
    return found == change.end() ? QString{} : found->text;
}

Result<Record> makeRecord(const QList<QByteArray>& lines, const QList<Afterwards>& afterwards, const QList<Searched>& searched)
{
    QByteArray head;
    const auto events = run::journalEvents(lines, &head);
    if (!events)
        return fail(events.error());
    Fold fold(afterwards);
    for (const run::Event& event : *events)
        fold.apply(event);
    auto record = fold.finish();
    if (!record)
        return record;
    record->lines = lines.size();
    record->head = head;
    record->searched = searched;
    return record;
}

} // namespace scalekeep::record
