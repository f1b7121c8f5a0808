#include "models/run/namespacelock.h"

#include "engine/restore/putback.h"
#include "engine/run/lockbreak.h"

#include <QDebug>
#include <QDir>
#include <QJsonDocument>
#include <QPointer>

#include <algorithm>

namespace scalekeep::models {

using namespace Qt::Literals::StringLiterals;
using run::Lock;
using run::LockInfo;

/// What a worker brings back: how its work ended, and who holds the namespace afterwards.
struct NamespaceLock::Answer {
    std::optional<Error> error;
    QString result;
    QString remembered = {};       ///< of the lock that was removed
    Result<std::optional<LockInfo>> holder;
};

namespace {
QString indented(const QJsonObject& object)
{
    return QString::fromUtf8(QJsonDocument(object).toJson(QJsonDocument::Indented)).trimmed();
}

/// What the user has seen and confirmed is what is taken: not the lock of a run that came since, nor one that has stopped more since.
Result<restore::PutBack> takeOver(const Workplace& workplace, const oc::Client& client, const LockInfo& seen, bool acceptMixed, const std::function<void(const QString&)>& log)
{
    const auto before = run::lookBeforePutBack(client, workplace.redactor, workplace.catalogueFolder(), seen);
    if (!before)
        return fail(before.error());
    auto back = restore::takeOver(client, before->catalog, workplace.redactor, before->identity, log, acceptMixed, &seen);
    if (!back && back.error().code == ErrorCode::Locked) // its hint is how the command line gets out of it
        back.error().hint = NamespaceLock::tr("Somebody else took the namespace meanwhile. See who holds it now, and whether that run still works.");
    return back;
}

/// What is in flight has its own remedy.
QStringList loadedOnly(const LockInfo& lock)
{
    QStringList names = lock.loaded.keys();
    names.removeIf([&lock](const QString& name) { return lock.inFlight.contains(name); });
    return names;
}
} // namespace

NamespaceLock::NamespaceLock(const Workplace& workplace, RunHub& runs, NamespaceRef where, bool readOnly, QObject* parent)
    : QObject(parent), m_workplace(workplace), m_runs(runs), m_where(std::move(where)), m_readOnly(readOnly)
{
    connect(&runs, &RunHub::summariesChanged, this, &NamespaceLock::changed);
    connect(&runs, &RunHub::ended, this, &NamespaceLock::changed);
}

NamespaceLock::~NamespaceLock()
{
    // What puts back goes on to its end: half of it would be one more thing to clear up.
    if (m_work == Work::Reading)
        m_stop.request_stop();
}

bool NamespaceLock::inThisWindow() const
{
    const QList<RunState*> running = m_runs.running();
    return m_holder && std::any_of(running.begin(), running.end(), [this](const RunState* each) { return each->runId() == m_holder->runId; });
}

bool NamespaceLock::holderIsLive() const
{
    const QList<RunSummary>& known = m_runs.summaries();
    return inThisWindow() || (m_holder && std::any_of(known.begin(), known.end(), [this](const RunSummary& each) { return each.runId == m_holder->runId && each.state == u"running"; }));
}

bool NamespaceLock::holderIsHere() const
{
    // On another host the run has gone on since, or its lock was left by a put-back: then the journal here is out of date.
    if (!m_holder || m_holder->left || m_holder->host != QSysInfo::machineHostName())
        return false;
    const QList<RunSummary>& known = m_runs.summaries();
    return std::any_of(known.begin(), known.end(), [this](const RunSummary& each) { return each.runId == m_holder->runId && each.resumable; });
}

QStringList NamespaceLock::mixed() const
{
    return m_holder && m_holder->left && m_holder->inFlight.isEmpty() ? loadedOnly(*m_holder) : QStringList{};
}

QString NamespaceLock::whyNot() const
{
    if (!m_holder)
        return {};
    if (inThisWindow())
        return tr("This run is working in this window: cancel it on the Runs page.");
    if (holderIsLive())
        return tr("This run is working in another process of this workstation: wait until it ends, or end it there.");
    if (m_readOnly)
        return tr("%1 is marked read only. To put back or break the lock, first clear that mark in Cluster settings….").arg(m_where.cluster);
    return {};
}

QString NamespaceLock::remedy() const
{
    if (!m_holder)
        return {};
    if (const QString reason = whyNot(); !reason.isEmpty())
        return reason;
    if (holderIsHere())
        return tr("The run is known on this workstation: resume or undo it on the Runs page. Its journal knows more than its lock.");
    if (Lock::isBeingRemoved(*m_holder))
        return tr("Somebody removes this lock at this moment, and no run goes on under it. If it is still there in a while, that failed: put back what it remembers, or break it again.");
    const QString before = Lock::safetyOf(*m_holder);
    const QString loaded = loadedOnly(*m_holder).join(u", "_s);
    if (!m_holder->left)
        return tr("Wait until that run ends. If it was interrupted, resume or undo it on %1, or bring its folder here: Import run… on the Runs page. Only if its journal is lost, put back what its lock remembers.").arg(m_holder->host);
    if (!m_holder->inFlight.isEmpty()) {
        const QString rest = loaded.isEmpty() ? QString{} : tr(" Loaded already: %1. Everything is started after that restore, so also restore the remaining components from the same bundle, or put %1 back from the safety bundle.").arg(loaded);
        return tr("Restore what is half-loaded (%1) on the Restore page: that takes this lock over and starts everything again.").arg(m_holder->inFlight.keys().join(u", "_s)) + before + rest;
    }
    if (!loaded.isEmpty()) {
        return tr("Loaded already: %1; the rest may hold what was there before. Restore the rest of %2, or the loaded ones from the safety bundle, on the Restore page: that takes this lock over and starts everything again.")
                   .arg(loaded, m_holder->bundle.isEmpty() ? tr("the bundle") : m_holder->bundle) + before + tr(" Or accept data of different times, and put back.");
    }
    return tr("What was stopped is not started again yet: put it back to finish.");
}

void NamespaceLock::read()
{
    m_runs.refresh(); // a run of the command line may have begun, or ended, since
    begin(Work::Reading, [](const oc::Client&, const std::optional<LockInfo>&, const std::function<void(const QString&)>&) -> Answer { return {}; });
}

void NamespaceLock::putBack(bool acceptMixed)
{
    if (!m_holder || !whyNot().isEmpty() || holderIsHere())
        return;
    begin(Work::PuttingBack, [&workplace = m_workplace, acceptMixed](const oc::Client& client, const std::optional<LockInfo>& seen, const std::function<void(const QString&)>& log) -> Answer {
        const auto back = takeOver(workplace, client, *seen, acceptMixed, log);
        if (!back)
            return {.error = back.error(), .result = tr("The lock was kept. Put back again when this is settled: what is back already stays so."), .holder = {}};
        if (!back->halfLoaded.isEmpty())
            return {.error = {}, .result = tr("Nothing is started on half-loaded data: %1.").arg(back->halfLoaded.join(u", "_s)), .holder = {}};
        if (!back->mixed.isEmpty())
            return {.error = {}, .result = tr("Nothing was started: %1 already loaded, while the rest may be older. Restore the rest, or accept data of different times and put back again.").arg(back->mixed.join(u", "_s)), .holder = {}};
        return {.error = {}, .result = tr("What run %1 had stopped or changed is back; the lock was removed.").arg(seen->runId), .holder = {}};
    });
}

void NamespaceLock::breakLock()
{
    if (!m_holder || !whyNot().isEmpty())
        return;
    begin(Work::Breaking, [home = m_workplace.home](const oc::Client& client, const std::optional<LockInfo>& seen, const std::function<void(const QString&)>&) -> Answer {
        const run::Broken broken = run::breakLock(client, home, *seen);
        const QString file = QDir::toNativeSeparators(broken.file);
        // Whether a lost answer was one: the file says what is needed either way.
        if (broken.error)
            return {.error = broken.error, .result = file.isEmpty() ? QString{} : tr("What the lock remembers is also in %1.").arg(file), .holder = {}};
        qInfo().noquote() << u"What the lock of run %1 in %2 remembered is in %3."_s.arg(seen->runId.left(100), client.connection().namespaceName, file);
        return {.error = {}, .result = tr("The lock was removed. Put back by hand what it remembered, where it is not as it was. It was saved as %1.").arg(file),
                .remembered = u"# %1\n%2"_s.arg(file, indented(run::memoryOf(*seen))), .holder = {}};
    });
}

void NamespaceLock::begin(Work work, std::function<Answer(const oc::Client&, const std::optional<LockInfo>&, const std::function<void(const QString&)>&)> job)
{
    if (m_work != Work::None)
        return;
    m_work = work;
    m_error.reset();
    m_result.clear();
    m_said.clear();
    Q_EMIT changed();
    const auto log = [self = QPointer(this)](const QString& text) {
        qInfo().noquote() << text;
        QMetaObject::invokeMethod(qApp, [self, text] {
            if (!self)
                return;
            self->m_said.append(text);
            Q_EMIT self->changed();
        }, Qt::QueuedConnection);
    };
    m_workplace.inBackground(
        this,
        [&workplace = m_workplace, where = m_where, seen = m_holder, job = std::move(job), log, stop = m_stop.get_token()]() -> Answer {
            const auto connection = workplace.logins.connection(where.cluster, where.name);
            if (!connection)
                return {.error = connection.error(), .result = {}, .holder = fail(connection.error())};
            const oc::Client client(*connection, workplace.redactor, {}, stop);
            Answer answer = job(client, seen, log);
            answer.holder = Lock::show(client);
            return answer;
        },
        [this, work, seenNonce = m_holder ? m_holder->nonce : QString{}](const Answer& answer) {
            m_work = Work::None;
            m_error = answer.error;
            m_result = answer.result;
            // What is said of a lock that was kept is of the one that was seen, and only if it is known to be there.
            if (work == Work::PuttingBack && m_error && !(answer.holder && *answer.holder && (*answer.holder)->nonce == seenNonce))
                m_result.clear();
            m_known = answer.holder.has_value();
            if (m_known)
                m_holder = *answer.holder;
            else if (work == Work::Reading)
                m_error = answer.holder.error();
            else if (!m_error) // the work was done: what the failed look says of itself is not said of that
                m_result += tr(" Who holds the namespace now could not be read: %1").arg(answer.holder.error().message);
            // What a lock remembered that is gone stays in sight, whoever removed it, unless it was put back.
            if (!answer.remembered.isEmpty())
                m_remembered = answer.remembered;
            else if (m_known && m_holder)
                m_remembered = m_holder->originals.isEmpty() ? QString{} : indented(m_holder->originals);
            else if (m_known && work == Work::PuttingBack && !m_error)
                m_remembered.clear();
            Q_EMIT changed();
        });
}

} // namespace scalekeep::models
