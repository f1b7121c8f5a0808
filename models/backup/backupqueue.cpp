#include "models/backup/backupqueue.h"

#include "engine/run/redaction.h"

#include <QDir>

#include <algorithm>

namespace scalekeep::models {

using namespace Qt::Literals::StringLiterals;

namespace {
struct Texts {
    Q_DECLARE_TR_FUNCTIONS(scalekeep::models::BackupQueue)
};

run::Check readOnlyCheck(const BackupJob& job)
{
    const bool bad = job.readOnly && job.options.quiesce;
    return {.id = u"read-only"_s,
            .title = Texts::tr("Nothing is changed in a read-only cluster"),
            .state = bad ? run::Check::State::Failed : run::Check::State::Passed,
            .evidence = bad ? Texts::tr("%1 is marked read only, and stopping the writers would change it.").arg(job.selection.where.cluster) : Texts::tr("The plan allows it."),
            .remedy = bad ? Texts::tr("Back up without stopping the writers, or change the cluster's mark.") : QString{}};
}
} // namespace

BackupPreparation prepareBackup(const Workplace& workplace, const BackupJob& job, const std::stop_token& stop)
{
    const NamespaceRef& where = job.selection.where;
    BackupPreparation preparation{.where = where, .error = {}, .checks = {}, .plan = {}, .request = {}};
    const auto failed = [&preparation](const Error& error) {
        preparation.error = error;
        return preparation;
    };
    // Only the folder that the program itself proposes is made; a typed one that is missing may be a slip.
    if (job.options.folder == BackupPlan::defaultFolder())
        QDir().mkpath(job.options.folder);
    const auto connection = workplace.logins.connection(where.cluster, where.name);
    if (!connection)
        return failed(connection.error());
    const oc::Client client(*connection, workplace.redactor, {}, stop);
    const auto identity = client.whoami();
    if (!identity)
        return failed(identity.error());
    run::learnSecrets(workplace.redactor, client);
    auto inventory = cluster::takeInventory(client);
    if (!inventory)
        return failed(inventory.error());
    run::learnSecrets(workplace.redactor, inventory->objects);
    const auto detection = catalog::detect(*inventory, workplace.catalogueFolder());
    if (!detection)
        return failed(detection.error());
    const backup::Options options{.components = job.selection.components, .output = job.options.folder, .quiesce = job.options.quiesce, .parallel = job.options.parallel, .compress = job.options.compress};
    const auto output = backup::outputPath(where.cluster, where.name, options);
    if (!output)
        return failed(output.error());
    const auto plan = backup::makePlan(where.cluster, *detection, *inventory, *connection, options, *output);
    if (!plan)
        return failed(plan.error());
    preparation.plan = *plan;
    preparation.checks = backup::preflight(client, *detection, *inventory, *plan);
    preparation.checks.append(readOnlyCheck(job));
    if (stop.stop_requested())
        return failed({ErrorCode::Cancelled, Texts::tr("The backup of %1 was cancelled before it began.").arg(where.title()), {}, Texts::tr("Nothing was changed, and no bundle was written.")});
    preparation.request = std::make_shared<RunRequest>(RunRequest{.plan = *plan, .catalog = detection->catalog, .inventory = *inventory, .connection = *connection, .operatorIdentity = *identity,
                                                                 .header = backup::header(where.cluster, *detection, *inventory, *identity), .writesTo = *output, .reader = {},
                                                                 .handlers = backup::handlers(), .checks = preparation.checks, .verifyAfterwards = job.options.verifyAfterwards});
    return preparation;
}

BackupQueue::BackupQueue(ClusterHub& clusters, RunHub& runs, QObject* parent) : QObject(parent), m_clusters(clusters), m_runs(runs)
{
    connect(&runs, &RunHub::ended, this, &BackupQueue::runEnded);
}

BackupQueue::~BackupQueue()
{
    m_stop.request_stop();
}

bool BackupQueue::contains(const NamespaceRef& where) const
{
    return std::any_of(m_items.begin(), m_items.end(), [&](const Item& item) { return item.job.selection.where == where; });
}

void BackupQueue::start(const QList<BackupJob>& jobs, const QJsonObject& change)
{
    for (const BackupJob& job : jobs) {
        if (!contains(job.selection.where))
            m_items.append({.job = job, .change = change});
    }
    next();
    Q_EMIT changed();
}

void BackupQueue::next()
{
    if (m_items.isEmpty() || m_items.first().state != State::Waiting)
        return;
    m_items.first().state = State::Checking;
    m_stop = std::stop_source();
    const quint64 serial = ++m_serial;
    m_clusters.workplace().inBackground(
        this,
        [&workplace = m_clusters.workplace(), job = m_items.first().job, change = m_items.first().change, stop = m_stop.get_token()] {
            BackupPreparation preparation = prepareBackup(workplace, job, stop);
            if (preparation.request && !change.isEmpty())
                preparation.plan.choices[u"change"] = preparation.request->plan.choices[u"change"] = change;
            return preparation;
        },
        [this, serial](const BackupPreparation& preparation) {
            if (serial == m_serial && !m_items.isEmpty() && m_items.first().state == State::Checking)
                prepared(preparation);
        });
}

void BackupQueue::note(const BackupPreparation& preparation)
{
    if (preparation.error && preparation.error->code == ErrorCode::NotLoggedIn)
        m_clusters.loginLost(preparation.where.cluster);
}

void BackupQueue::prepared(const BackupPreparation& preparation)
{
    RunState* run = preparation.mayStart() ? m_runs.start(std::move(*preparation.request)) : nullptr;
    if (run) {
        m_items.first().state = State::Running;
        m_items.first().run = run;
        Q_EMIT changed();
        Q_EMIT runStarted(run);
        return;
    }
    m_items.removeFirst();
    note(preparation);
    Q_EMIT refused(preparation);
    next();
    Q_EMIT changed();
}

void BackupQueue::runEnded(RunState* run)
{
    if (m_items.isEmpty() || m_items.first().run != run)
        return;
    m_items.removeFirst();
    next();
    Q_EMIT changed();
}

void BackupQueue::cancelWaiting()
{
    const bool checking = !m_items.isEmpty() && m_items.first().state == State::Checking;
    if (checking) {
        m_stop.request_stop();
        ++m_serial;
    }
    m_items.removeIf([](const Item& item) { return item.state != State::Running; });
    Q_EMIT changed();
}

void BackupQueue::dryRun(const QList<BackupJob>& jobs, QObject* context, Answer answer)
{
    m_clusters.workplace().inBackground(
        context,
        [&workplace = m_clusters.workplace(), jobs] {
            QList<BackupPreparation> all;
            for (const BackupJob& job : jobs)
                all.append(prepareBackup(workplace, job, {}));
            return all;
        },
        [self = QPointer(this), answer = std::move(answer)](const QList<BackupPreparation>& all) {
            for (const BackupPreparation& each : all) {
                if (self)
                    self->note(each);
            }
            answer(all);
        });
}

} // namespace scalekeep::models
