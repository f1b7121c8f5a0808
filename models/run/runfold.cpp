#include "models/run/runfold.h"

#include "engine/run/facts.h"
#include "models/run/runtexts.h"

#include "models/common/format.h"

#include <QCoreApplication>
#include <QJsonArray>

#include <algorithm>

namespace scalekeep::models {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr qsizetype longestLine = 2'000, longestText = 64 * 1024;
constexpr int mostLines = 200;
constexpr qint64 rateWindow = 5'000, leastSpan = 800, leftAfter = 3'000;

struct Texts {
    Q_DECLARE_TR_FUNCTIONS(scalekeep::models::Runs)
};

Error errorOf(const QJsonObject& data)
{
    return {errorCodeFromName(data[u"code"].toString()), data[u"message"].toString().left(longestText), data[u"detail"].toString().left(longestText), data[u"hint"].toString().left(longestText)};
}

void addLines(QList<LogLine>& lines, const run::Event& event, LogLine::Level level, const QString& text)
{
    int count = 0;
    for (const QStringView line : QStringView(text).left(longestText).split(u'\n')) {
        if (line.trimmed().isEmpty())
            continue;
        if (++count > mostLines) {
            lines.append({event.time, level, event.step, u"…"_s});
            return;
        }
        lines.append({event.time, level, event.step, bounded(line.toString(), longestLine)});
    }
}

bool isByteStep(const StepProgress& progress)
{
    return progress.unit == u"bytes" || resultBytes(progress.result) >= 0;
}
} // namespace

QList<LogLine> logLines(const run::Event& event)
{
    QList<LogLine> lines;
    const QJsonObject& data = event.data;
    const auto add = [&](LogLine::Level level, const QString& text) { addLines(lines, event, level, text); };
    if (event.type == u"log") {
        const QString text = data[u"text"].toString();
        add(text.startsWith(u"Warning"_s) ? LogLine::Level::Warning : LogLine::Level::Info, text);
    } else if (event.type == u"command-started") {
        add(LogLine::Level::Debug, u"$ "_s + data[u"command"].toString());
    } else if (event.type == u"command-finished") {
        const int code = data[u"exitCode"].toInt();
        const QString took = formatDuration(data[u"milliseconds"].toInteger());
        if (code == 0)
            add(LogLine::Level::Debug, Texts::tr("Command ended with exit status 0 after %1").arg(took));
        else
            add(LogLine::Level::Warning, Texts::tr("Command ended with exit status %1 after %2").arg(code).arg(took) + u'\n' + data[u"errorText"].toString());
    } else if (event.type == u"run-started") {
        add(LogLine::Level::Info, Texts::tr("Run %1 begins").arg(data[u"runId"].toString()));
    } else if (event.type == u"run-resumed") {
        add(LogLine::Level::Info, data[u"mode"].toString() == u"undo" ? Texts::tr("The run is being undone") : Texts::tr("The run is resumed"));
    } else if (event.type == u"paused") {
        add(LogLine::Level::Info, Texts::tr("Paused before the next step"));
    } else if (event.type == u"resumed") {
        add(LogLine::Level::Info, Texts::tr("The run goes on"));
    } else if (event.type == u"login-lost") {
        add(LogLine::Level::Warning, Texts::tr("The login is no longer good; the run waits for it") + u'\n' + data[u"message"].toString());
    } else if (event.type == u"login-renewed") {
        add(LogLine::Level::Info, Texts::tr("Logged in again; the run goes on"));
    } else if (event.type == u"step-again") {
        const QString title = data[u"title"].toString(), because = data[u"because"].toString();
        add(LogLine::Level::Info, because.isEmpty() ? Texts::tr("Will be done once more: %1").arg(title) : Texts::tr("Will be done once more: %1 (%2)").arg(title, because));
    } else if (event.type == u"stage-started") {
        add(LogLine::Level::Info, data[u"title"].toString());
    } else if (event.type == u"step-started") {
        add(LogLine::Level::Info, data[u"title"].toString());
    } else if (event.type == u"step-done") {
        add(LogLine::Level::Info, resultText(data[u"result"].toObject()));
    } else if (event.type == u"step-failed" || event.type == u"undo-failed") {
        add(LogLine::Level::Error, data[u"message"].toString() + u'\n' + data[u"detail"].toString());
    } else if (event.type == u"undo-started") {
        const QString what = data[u"undo"].toString();
        add(LogLine::Level::Info, what.isEmpty() ? Texts::tr("Undo begins") : Texts::tr("Undo: %1").arg(what));
    } else if (event.type == u"undo-done") {
        add(LogLine::Level::Info, Texts::tr("Undone"));
    } else if (event.type == u"run-finished") {
        const QString state = data[u"state"].toString();
        add(state == u"done" ? LogLine::Level::Info : LogLine::Level::Error, Texts::tr("The run ended: %1").arg(stateTitle(state)));
    }
    return lines;
}

void RunFold::setPlan(const plan::Plan& plan)
{
    m_plan = plan;
    for (const plan::Stage& stage : m_plan.stages) {
        for (const plan::Step& step : stage.steps) {
            if (!m_steps.contains(step.id))
                m_steps.insert(step.id, {});
        }
    }
}

void RunFold::appendStage(const plan::Stage& stage)
{
    m_plan.stages.append(stage);
    for (const plan::Step& step : stage.steps) {
        m_steps.insert(step.id, {});
        m_appended.append(step.id);
    }
}

StepProgress* RunFold::step(const QString& id)
{
    const auto found = m_steps.find(id);
    if (found == m_steps.end())
        return nullptr;
    if (!m_changed.contains(id))
        m_changed.append(id);
    return &found.value();
}

QStringList RunFold::takeChanged()
{
    return std::exchange(m_changed, {});
}

void RunFold::started(const run::Event& event)
{
    m_runId = event.data[u"runId"].toString().left(200);
    m_writesTo = event.data[u"writesTo"].toString().left(longestText);
    m_operator = event.data[u"operator"].toString().left(200);
    m_started = event.time;
    if (m_plan.stages.isEmpty()) {
        if (const auto plan = plan::fromJson(event.data[u"plan"].toObject()))
            setPlan(*plan);
    }
}

void RunFold::apply(const run::Event& event, bool lines)
{
    if (event.time.isValid())
        m_now = std::max(m_now, event.time);
    if (lines)
        appendLog(logLines(event));
    if (event.type == u"run-started")
        return started(event);
    if (event.type == u"run-finished")
        return runFinished(event);
    if (event.type == u"progress")
        return progress(event);
    if (event.type == u"run-resumed") {
        m_outcome.reset();
        m_finished = {};
        m_failedStep.clear();
        m_failed = false;
        m_undoing = event.data[u"mode"].toString() == u"undo";
        for (auto step = m_steps.begin(); step != m_steps.end(); ++step) {
            if (!m_undoing && (step->state == StepState::Skipped || step->state == StepState::Failed || step->state == StepState::Undone || step->state == StepState::Running))
                *step = {};
        }
        m_changed = m_steps.keys();
        return;
    }
    StepProgress* step = event.step.isEmpty() ? nullptr : this->step(event.step);
    if (!step)
        return;
    const bool cleanup = event.data[u"cleanup"].toBool(); // after a failure: it does not stand for the step in its place
    if (event.type == u"step-started") {
        *step = {};
        m_anyBegun = true;
        step->state = StepState::Running;
        step->started = event.time;
        m_samples.remove(event.step);
        if (!cleanup && !m_begun.contains(event.step))
            m_begun.append(event.step);
    } else if (event.type == u"step-again") {
        *step = {};
        m_results.remove(event.step);
    } else if (event.type == u"command-started") {
        step->command = event.data[u"command"].toString().left(longestText);
        step->commandEnded = false;
    } else if (event.type == u"command-finished") {
        step->exitCode = event.data[u"exitCode"].toInt();
        step->commandEnded = true;
    } else if (event.type == u"step-done") {
        step->result = event.data[u"result"].toObject();
        step->state = isProven(step->result) ? StepState::Proven : StepState::Done;
        step->finished = event.time;
        if (!step->started.isValid())
            step->started = event.time;
        step->message = resultText(step->result);
        if (const qint64 bytes = resultBytes(step->result); bytes >= 0) {
            step->unit = u"bytes"_s;
            step->done = step->total = bytes;
        }
        const qint64 took = step->started.msecsTo(step->finished);
        step->rate = step->done > 0 && took > 0 ? double(step->done) * 1000 / double(took) : -1;
        step->error.reset();
        m_samples.remove(event.step);
        if (!cleanup)
            m_results.insert(event.step, step->result);
        if (!cleanup && event.data[u"proves"].toBool())
            m_provenUpTo = m_begun.size();
    } else if (event.type == u"step-failed") {
        step->state = StepState::Failed;
        step->finished = event.time;
        step->error = errorOf(event.data);
        step->message = bounded(step->error->message, longestLine);
        step->rate = -1;
        m_samples.remove(event.step);
        m_failed = true;
        if (!cleanup && m_failedStep.isEmpty())
            m_failedStep = event.step;
    } else if (event.type == u"step-skipped") {
        step->state = StepState::Skipped;
    } else if (event.type == u"undo-started") {
        step->state = StepState::Undoing;
        step->undoStarted = event.time;
        step->undoFinished = {};
        step->done = step->total = 0;
        step->unit.clear();
        step->rate = -1;
        m_samples.remove(event.step);
        m_undoOrder.removeOne(event.step);
        m_undoOrder.append(event.step);
        m_undoing = true;
        m_results.remove(event.step);
        forgetProofsAfter(event.step);
    } else if (event.type == u"undo-done") {
        step->state = StepState::Undone;
        step->undoFinished = event.time;
        step->message.clear();
        forget(event.step);
    } else if (event.type == u"undo-failed") {
        step->state = StepState::UndoFailed;
        step->undoFinished = event.time;
        const Error error = errorOf(event.data);
        step->message = bounded(error.message, longestLine);
        if (!step->error)
            step->error = error;
    }
    recount();
}

/// As the executor does: what was proven after a step that is taken back proves nothing any more.
void RunFold::forgetProofsAfter(const QString& id)
{
    const qsizetype from = m_begun.indexOf(id);
    for (qsizetype index = m_begun.size() - 1; from >= 0 && index > from; --index) {
        const plan::Step* each = m_plan.step(m_begun[index]);
        if (!each || !each->proves || each->changes)
            continue;
        m_results.remove(m_begun.takeAt(index));
        if (index < m_provenUpTo)
            --m_provenUpTo;
    }
    // Up to the last proof that still holds.
    while (m_provenUpTo > 0) {
        const plan::Step* last = m_plan.step(m_begun[m_provenUpTo - 1]);
        if (last && last->proves && m_results.contains(last->id))
            break;
        --m_provenUpTo;
    }
}

/// An undone step was never begun.
void RunFold::forget(const QString& id)
{
    m_results.remove(id);
    forgetProofsAfter(id);
    const qsizetype index = m_begun.indexOf(id);
    if (index < 0)
        return;
    m_begun.removeAt(index);
    if (index < m_provenUpTo)
        --m_provenUpTo;
}

void RunFold::progress(const run::Event& event)
{
    StepProgress* step = this->step(event.step);
    if (!step || (step->state != StepState::Running && step->state != StepState::Undoing))
        return;
    const qint64 done = std::max<qint64>(event.data[u"done"].toInteger(), 0);
    const qint64 total = event.data[u"total"].toInteger();
    step->unit = event.data[u"unit"].toString().left(40);
    auto& samples = m_samples[event.step];
    if (done < step->done)
        samples.clear();
    step->done = done;
    // A plan that does not know the size counts a step as 1.
    step->total = total > 1 ? std::max(total, done) : 0;
    const qint64 at = event.time.toMSecsSinceEpoch();
    samples.push_back({at, done});
    while (samples.size() > 2 && samples[1].at <= at - rateWindow)
        samples.pop_front();
    while (samples.size() > 200)
        samples.pop_front();
    if (const qint64 span = at - samples.front().at; span >= leastSpan)
        step->rate = double(done - samples.front().done) * 1000 / double(span);
    recount();
}

void RunFold::runFinished(const run::Event& event)
{
    run::Outcome outcome;
    // What a journal says that this version does not know must not look harmless.
    outcome.state = run::stateFromName(event.data[u"state"].toString()).value_or(run::Outcome::State::NeedsAttention);
    if (event.data.contains(u"error"_s))
        outcome.error = errorOf(event.data[u"error"].toObject());
    const QJsonArray undoErrors = event.data[u"undoErrors"].toArray();
    for (const QJsonValue& error : undoErrors) {
        if (outcome.undoErrors.size() < 1'000)
            outcome.undoErrors.append(errorOf(error.toObject()));
    }
    outcome.failedStep = outcome.error ? m_failedStep : QString{};
    m_outcome = outcome;
    m_finished = event.time;
    m_undoing = false;
}

void RunFold::close(const std::optional<run::Outcome>& outcome, const QDateTime& at)
{
    if (outcome)
        m_outcome = outcome;
    if (!m_finished.isValid() || m_finished < at)
        m_finished = at;
    for (auto step = m_steps.begin(); step != m_steps.end(); ++step) {
        if (step->state == StepState::Waiting) {
            step->state = StepState::Skipped;
        } else if (step->state == StepState::Running || step->state == StepState::Undoing) {
            step->state = step->state == StepState::Running ? StepState::Failed : StepState::UndoFailed;
            step->message = Texts::tr("Interrupted");
            step->finished = at;
        } else {
            continue;
        }
        this->step(step.key());
    }
    m_undoing = false;
    m_left = -1;
    recount();
    if (m_outcome && m_outcome->state == run::Outcome::State::Done && !m_outcome->error)
        m_percent = 100;
}

QStringList RunFold::undoable(bool proven) const
{
    QStringList ids;
    for (qsizetype index = m_begun.size() - 1; index >= (proven ? 0 : m_provenUpTo); --index) {
        const plan::Step* step = m_plan.step(m_begun[index]);
        if (step && step->changes && step->undoable)
            ids.append(step->id);
    }
    return ids;
}

qint64 RunFold::bytesDone() const
{
    qint64 bytes = 0;
    for (auto step = m_steps.cbegin(); step != m_steps.cend(); ++step) {
        if (isByteStep(*step) && step->state != StepState::Undoing && !m_appended.contains(step.key()))
            bytes += step->done;
    }
    return bytes;
}

qint64 RunFold::bytesTotal() const
{
    qint64 bytes = 0;
    for (const plan::Stage& stage : m_plan.stages) {
        for (const plan::Step& each : stage.steps) {
            if (m_appended.contains(each.id))
                continue;
            const StepProgress progress = m_steps.value(each.id);
            if (progress.state == StepState::Proven || progress.state == StepState::Done) {
                bytes += isByteStep(progress) ? progress.done : 0;
                continue;
            }
            if (progress.unit == u"bytes" && progress.total == 0)
                return 0;
            bytes += std::max(progress.unit == u"bytes" ? progress.total : 0, each.weight > 1 ? each.weight : 0);
        }
    }
    return bytes;
}

double RunFold::rate() const
{
    double sum = -1;
    for (const StepProgress& step : m_steps) {
        if (step.state == StepState::Running && step.unit == u"bytes" && step.rate >= 0)
            sum = std::max(sum, 0.0) + step.rate;
    }
    return sum;
}

qint64 RunFold::stepMillisecondsLeft(const QString& id) const
{
    const StepProgress step = m_steps.value(id);
    if ((step.state != StepState::Running && step.state != StepState::Undoing) || step.total <= 0 || step.rate <= 0)
        return -1;
    return qint64(std::min(double(step.total - step.done) * 1000 / step.rate, 1e12));
}

qint64 RunFold::leftNow() const
{
    const qint64 total = bytesTotal();
    const double speed = rate();
    if (!m_started.isValid() || m_started.msecsTo(m_now) < leftAfter || total <= 0 || speed <= 0 || m_outcome)
        return -1;
    auto left = qint64(std::min(double(std::max<qint64>(total - bytesDone(), 0)) * 1000 / speed, 1e12));
    for (auto step = m_steps.cbegin(); step != m_steps.cend(); ++step)
        left = std::max(left, stepMillisecondsLeft(step.key()));
    return left;
}

void RunFold::tick(const QDateTime& now)
{
    m_now = std::max(m_now, now);
    for (auto samples = m_samples.begin(); samples != m_samples.end(); ++samples) {
        StepProgress& each = m_steps[samples.key()];
        const qint64 silent = samples->back().at - m_now.toMSecsSinceEpoch() + rateWindow;
        if (silent < 0 && each.rate > 0) {
            each.rate = 0;
            step(samples.key());
        }
    }
    if (!m_leftAt.isValid() || m_leftAt.msecsTo(m_now) >= 1'000) {
        m_left = leftNow();
        m_leftAt = m_now;
    }
}

void RunFold::recount()
{
    double done = 0, total = 0;
    for (const plan::Stage& stage : m_plan.stages) {
        for (const plan::Step& each : stage.steps) {
            const double weight = double(std::max<qint64>(each.weight, 1));
            const StepProgress& step = *m_steps.constFind(each.id);
            total += weight;
            if (step.state == StepState::Proven || step.state == StepState::Done)
                done += weight;
            else if (step.state == StepState::Running && step.total > 0)
                done += weight * std::min(double(step.done) / double(step.total), 0.99);
        }
    }
    // Never back, and not full before the run has ended well.
    if (total > 0)
        m_percent = std::max(m_percent, std::min(int(done * 100 / total), 99));
}

void RunFold::appendLog(QList<LogLine> lines, qint64 lost)
{
    if (lost > 0) { // then more than the ring holds came after them
        m_dropped += m_log.size() + lost;
        m_log.clear();
        m_logChars = 0;
    }
    for (LogLine& line : lines) {
        m_logChars += line.text.size();
        m_log.append(std::move(line));
    }
    trimLog();
}

void RunFold::trimLog()
{
    qsizetype drop = std::max<qsizetype>(m_log.size() - MaxLogLines, 0);
    qint64 chars = m_logChars;
    for (qsizetype index = 0; index < drop; ++index)
        chars -= m_log[index].text.size();
    for (; chars > MaxLogChars && drop < m_log.size(); ++drop)
        chars -= std::as_const(m_log)[drop].text.size();
    if (drop == 0)
        return;
    m_log.remove(0, drop);
    m_logChars = chars;
    m_dropped += drop;
}

} // namespace scalekeep::models
