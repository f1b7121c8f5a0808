#include "models/run/namespacelock.h"

#include "engine/catalog/catalog.h"
#include "engine/restore/putback.h"
#include "engine/run/redaction.h"

#include <QDebug>
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
    Result<std::optional<LockInfo>> holder;
};

namespace {
/// What the user has seen and confirmed is what is taken: not the lock of a run that came since.
Result<void> stillHeldBy(const oc::Client& client, const LockInfo& seen)
{
    const auto now = Lock::show(client);
    if (!now)
        return fail(now.error());
    if (!*now)
        return fail(ErrorCode::NotFound, NamespaceLock::tr("Namespace %1 is not locked any more.").arg(client.connection().namespaceName), NamespaceLock::tr("Nothing was changed."));
    if ((*now)->nonce != seen.nonce || (*now)->holder != seen.holder)
        return fail(ErrorCode::Conflict, NamespaceLock::tr("The lock of %1 is another one than was shown.").arg(client.connection().namespaceName), NamespaceLock::tr("Nothing was changed. See who holds it now."));
    return {};
}

Result<restore::PutBack> takeOver(const Workplace& workplace, const oc::Client& client, const LockInfo& seen, const std::function<void(const QString&)>& log)
{
    const auto identity = client.whoami();
    if (!identity)
        return fail(identity.error());
    run::learnSecrets(workplace.redactor, client);
    const auto inventory = cluster::takeInventory(client);
    if (!inventory)
        return fail(inventory.error());
    run::learnSecrets(workplace.redactor, inventory->objects);
    const auto detection = catalog::detect(*inventory, workplace.catalogueFolder());
    if (!detection)
        return fail(detection.error());
    if (const auto held = stillHeldBy(client, seen); !held)
        return fail(held.error());
    return restore::takeOver(client, detection->catalog, workplace.redactor, *identity, log);
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

bool NamespaceLock::holderIsHere() const
{
    const QList<RunSummary>& known = m_runs.summaries();
    return m_holder && std::any_of(known.begin(), known.end(), [this](const RunSummary& each) { return each.runId == m_holder->runId && each.state != u"damaged"; });
}

QString NamespaceLock::whyNot() const
{
    if (!m_holder)
        return {};
    const QList<RunState*> running = m_runs.running();
    if (std::any_of(running.begin(), running.end(), [this](const RunState* each) { return each->runId() == m_holder->runId; }))
        return tr("This run is working in this window: cancel it on the Runs page.");
    if (m_readOnly)
        return tr("%1 is marked read only. Nothing is changed in it until its mark is changed.").arg(m_where.cluster);
    return {};
}

void NamespaceLock::read()
{
    begin(Work::Reading, [](const oc::Client&, const std::optional<LockInfo>&, const std::function<void(const QString&)>&) -> Answer { return {}; });
}

void NamespaceLock::putBack()
{
    if (!m_holder || !whyNot().isEmpty())
        return;
    begin(Work::PuttingBack, [&workplace = m_workplace](const oc::Client& client, const std::optional<LockInfo>& seen, const std::function<void(const QString&)>& log) -> Answer {
        const auto back = takeOver(workplace, client, *seen, log);
        if (!back)
            return {.error = back.error(), .result = tr("The lock was kept. Put back again when this is settled: what is back already stays so."), .holder = {}};
        // The lock says how it ended: it is gone, or left to a restore.
        if (!back->halfLoaded.isEmpty())
            return {.error = {}, .result = tr("Nothing is started on half-loaded data: %1.").arg(back->halfLoaded.join(u", "_s)), .holder = {}};
        const auto left = Lock::show(client);
        return {.error = {}, .result = left && *left ? tr("Nothing is started yet.") : tr("What run %1 had stopped or changed is back; the lock was removed.").arg(seen->runId), .holder = {}};
    });
}

void NamespaceLock::breakLock()
{
    if (!m_holder || !whyNot().isEmpty())
        return;
    begin(Work::Breaking, [](const oc::Client& client, const std::optional<LockInfo>& seen, const std::function<void(const QString&)>&) -> Answer {
        const auto held = stillHeldBy(client, *seen);
        if (const auto broken = held ? Lock::breakLock(client) : held; !broken)
            return {.error = broken.error(), .result = {}, .holder = {}};
        return {.error = {}, .result = tr("The lock was removed. Put back by hand what it remembers, where it is not as it was."), .holder = {}};
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
        [this, work](const Answer& answer) {
            m_work = Work::None;
            m_error = answer.error;
            m_result = answer.result;
            if (answer.holder) {
                m_holder = *answer.holder;
                m_known = true;
                // What a broken lock remembered stays in sight: it is put back by hand.
                if (m_holder)
                    m_remembered = m_holder->originals.isEmpty() ? QString{} : QString::fromUtf8(QJsonDocument(m_holder->originals).toJson(QJsonDocument::Indented)).trimmed();
                else if (work != Work::Breaking || m_error)
                    m_remembered.clear();
            } else if (!m_error) {
                m_error = answer.holder.error();
            }
            Q_EMIT changed();
        });
}

} // namespace scalekeep::models
