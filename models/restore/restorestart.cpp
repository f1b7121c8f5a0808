#include "models/common/format.h"
#include "models/restore/restoresession.h"

#include <algorithm>
#include <utility>

/// The part of the session that begins once the checks are known.
namespace scalekeep::models {

using namespace Qt::Literals::StringLiterals;

/// Also where it was allowed, so that it can be taken back.
void RestoreSession::learnDifference()
{
    m_difference.reset();
    for (const run::Check& check : m_preparation->checks) {
        if (check.id != u"identity" || check.state == run::Check::State::Passed)
            continue;
        const QString& was = m_preparation->situation.header.projectUid;
        const QString& is = m_preparation->situation.live.projectUid;
        m_difference = Difference{!was.isEmpty() && !is.isEmpty() && was != is ? Kinship::Recreated : Kinship::Other, check.evidence.left(600)};
    }
}

bool RestoreSession::locked() const
{
    return m_preparation && std::any_of(m_preparation->checks.begin(), m_preparation->checks.end(), [](const run::Check& check) {
        return check.id == u"lock" && check.state == run::Check::State::Failed && !check.subjects.isEmpty(); // a lock that cannot be read is nobody's
    });
}

void RestoreSession::lockMayBeGone(const NamespaceRef& where)
{
    if (m_target != where || !locked())
        return;
    invalidate();
    if (m_step == Step::Check)
        check();
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

QStringList RestoreSession::toRestore() const
{
    const plan::Plan* plan = m_preparation ? &m_preparation->plan : m_run ? &m_run->plan() : nullptr;
    return plan ? restore::componentsOf(*plan) : m_components->chosen();
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
