#include "engine/restore/putback.h"
#include "models/common/format.h"
#include "models/restore/restoresession.h"

#include <QDebug>

#include <algorithm>
#include <utility>

/// The part of the session that begins once the checks are known.
namespace scalekeep::models {

using namespace Qt::Literals::StringLiterals;

QString RestoreSession::strangersRun() const
{
    if (!m_preparation)
        return {};
    for (const run::Check& check : m_preparation->checks) {
        if (check.id != u"lock" || check.state != run::Check::State::Failed || check.subjects.isEmpty())
            continue;
        const QString& runId = check.subjects.first();
        const QList<RunSummary>& known = m_runs.summaries();
        const bool here = std::any_of(known.begin(), known.end(), [&runId](const RunSummary& each) { return each.runId == runId; });
        return here ? QString{} : runId;
    }
    return {};
}

void RestoreSession::putBack()
{
    if (m_checking || strangersRun().isEmpty())
        return;
    struct Work { oc::Connection connection; catalog::Catalog catalog; QString identity; };
    const Work work{m_preparation->situation.connection, m_preparation->situation.catalog, m_preparation->operatorIdentity};
    invalidate();
    const quint64 number = ++m_checkNumber;
    m_stop = std::stop_source();
    m_checking = true;
    Q_EMIT changed();
    const Workplace& workplace = m_clusters.workplace();
    workplace.inBackground(
        this,
        [work, &redactor = workplace.redactor, stop = m_stop.get_token()]() -> Result<restore::PutBack> {
            const oc::Client client(work.connection, redactor, {}, stop);
            return restore::takeOver(client, work.catalog, redactor, work.identity, [](const QString& text) { qInfo().noquote() << text; });
        },
        [this, number](const Result<restore::PutBack>& back) {
            if (number != m_checkNumber)
                return;
            m_checking = false;
            if (!back) {
                m_checkError = back.error();
                Q_EMIT changed();
                return;
            }
            check(); // what is half-loaded, it says
        });
}

QStringList RestoreSession::unreadable() const
{
    QStringList names;
    if (!m_preparation)
        return names;
    for (const run::Check& check : m_preparation->checks) {
        if (check.state != run::Check::State::Failed)
            continue;
        if (check.id != u"readable")
            return {}; // something else must be put right first
        names += check.subjects;
    }
    return names;
}

bool RestoreSession::checksPassed() const
{
    return m_preparation && !run::anyFailed(m_preparation->checks);
}

bool RestoreSession::canStart() const
{
    for (const Step step : {Step::Bundle, Step::Target, Step::Components, Step::Check}) {
        if (!whyNot(step).isEmpty())
            return false;
    }
    return m_step == Step::Check && !m_run;
}

QString RestoreSession::summary() const
{
    if (m_checking && !m_preparation)
        return tr("Checking %1…").arg(m_target ? m_target->title() : QString{});
    if (!m_preparation)
        return {};
    const plan::Plan& plan = m_preparation->plan;
    QStringList parts{tr("%1 steps").arg(stepCount(plan))};
    if (const int without = stepsWithoutService(plan); without > 0)
        parts.append(tr("%1 of them without service").arg(without));
    const QStringList data = restore::componentsOf(plan);
    qint64 bytes = 0;
    for (const bundle::Stream& stream : m_manifest.streams)
        bytes += data.contains(stream.component) ? stream.bytes : 0;
    parts.append(tr("%1 to load").arg(formatBytes(bytes)));
    return parts.join(u", "_s);
}

RunState* RestoreSession::start()
{
    if (!canStart())
        return nullptr;
    const std::shared_ptr<Preparation> made = std::exchange(m_preparation, nullptr);
    const bool takesSafety = made->plan.step(u"safety-finish"_s) != nullptr;
    RunRequest request;
    request.plan = made->plan;
    if (!m_change.isEmpty())
        request.plan.choices[u"change"] = m_change;
    request.catalog = made->situation.catalog;
    request.inventory = made->situation.live;
    request.connection = made->situation.connection;
    request.operatorIdentity = made->operatorIdentity;
    request.header = restore::safetyHeader(made->situation, made->operatorIdentity);
    request.writesTo = takesSafety ? made->situation.safetyPath : QString{};
    request.reader = std::move(made->reader);
    request.handlers = restore::handlers();
    request.checks = made->checks;
    request.changes = restore::summaryOf(made->found);
    m_aging.stop();
    clearTyped();
    m_result = {};
    m_run = m_runs.start(std::move(request));
    if (!m_run)
        return nullptr;
    connect(m_run, &RunState::ended, this, &RestoreSession::ended);
    m_step = Step::Run;
    Q_EMIT stepChanged();
    Q_EMIT changed();
    if (m_run->outcome())
        ended();
    return m_run;
}

// Run and result -----------------------------------------------------------------------------------------------------------------------

void RestoreSession::ended()
{
    if (!m_run || !m_run->outcome())
        return;
    m_result = resultOf(*m_run);
    m_step = Step::Result;
    Q_EMIT stepChanged();
    Q_EMIT changed();
}

void RestoreSession::forgetRun()
{
    if (m_run)
        disconnect(m_run, nullptr, this, nullptr);
    m_run = nullptr;
    m_result = {};
}

} // namespace scalekeep::models
