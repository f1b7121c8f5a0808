#include "models/restore/restoresession.h"

#include <QFileInfo>
#include <QJsonArray>
#include <QRegularExpression>

#include <algorithm>
#include <mutex>
#include <utility>

namespace scalekeep::models {

using namespace Qt::Literals::StringLiterals;

namespace {
/// After that the checks say too little about the namespace.
constexpr auto goodFor = std::chrono::minutes(15);
constexpr auto watchInterval = std::chrono::milliseconds(250);

struct Opened {
    bundle::Header header;
    bundle::Manifest manifest;
};
} // namespace

struct RestoreSession::Counting {
    std::mutex mutex;
    QString component;
    int done = 0, total = 0;
};

RestoreSession::RestoreSession(ClusterHub& clusters, RunHub& runs, QObject* parent)
    : QObject(parent), m_clusters(clusters), m_runs(runs), m_targets(new TargetsModel(clusters, this)), m_components(new RestoreComponentsModel(this)), m_checks(new ChecksModel(this)),
      m_changes(new ChangesModel(this))
{
    connect(m_components, &RestoreComponentsModel::chosenChanged, this, &RestoreSession::invalidate);
    const auto clustersMoved = [this] {
        if (!m_targetGiven && !m_target && m_header)
            m_target = m_targets->own();
        Q_EMIT changed();
    };
    connect(&clusters, &ClusterHub::clustersChanged, this, clustersMoved);
    connect(&clusters, &ClusterHub::clusterChanged, this, clustersMoved);
    connect(&clusters, &ClusterHub::namespaceChanged, this, clustersMoved);
    connect(&clusters, &ClusterHub::loginRenewed, this, [this](const QString& cluster) {
        if (m_step == Step::Check && m_target && m_target->cluster == cluster && m_checkError)
            check();
    });
    m_watching.setInterval(watchInterval);
    connect(&m_watching, &QTimer::timeout, this, [this] {
        QString text;
        if (m_progress) {
            const std::lock_guard lock(m_progress->mutex);
            if (m_progress->total > 0)
                text = tr("%1, %2 of %3").arg(m_progress->component).arg(m_progress->done).arg(m_progress->total);
        }
        if (std::exchange(m_counting, text) != text)
            Q_EMIT changed();
    });
    m_aging.setSingleShot(true);
    connect(&m_aging, &QTimer::timeout, this, [this] {
        clearTyped();
        Q_EMIT changed();
    });
}

RestoreSession::~RestoreSession()
{
    m_stop.request_stop();
}

void RestoreSession::begin(const QString& bundlePath, const std::optional<NamespaceRef>& target, const QJsonObject& choices)
{
    forgetRun();
    m_options = {};
    m_options.emptyQueues = choices[u"queues"].toString() == u"empty";
    m_options.documentedRedis = choices[u"redisMethod"].toString() == u"documented";
    m_options.templateFile = choices[u"template"].toString();
    m_safety = true;
    m_reason.clear();
    m_target = target;
    m_targetGiven = target.has_value();
    m_lastFingerprint.clear();
    m_step = Step::Bundle;
    m_chosen = !bundlePath.isEmpty();
    openBundle(bundlePath);
    const QJsonArray components = choices[u"components"].toArray();
    for (const QJsonValue& id : components)
        m_wanted.append(id.toString());
    Q_EMIT stepChanged();
}

// Where one is -------------------------------------------------------------------------------------------------------------------------

QString RestoreSession::whyNot(Step step) const
{
    switch (step) {
    case Step::Bundle:
        if (m_opening)
            return tr("The bundle is being read.");
        if (m_bundleError)
            return m_bundleError->message;
        if (!m_header)
            return tr("Choose a bundle first.");
        if (m_components->available().isEmpty())
            return tr("The bundle holds nothing that could be restored.");
        return {};
    case Step::Target: {
        if (!m_target)
            return tr("Choose the namespace to restore into.");
        static const QRegularExpression name(u"\\A[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\\z"_s);
        if (!name.match(m_target->name).hasMatch())
            return tr("“%1” is not the name of a namespace.").arg(m_target->name.left(80));
        const ClusterState* cluster = m_clusters.cluster(m_target->cluster);
        if (!cluster)
            return tr("The cluster %1 is not known.").arg(m_target->cluster);
        if (cluster->cluster.readOnly)
            return tr("%1 is marked read only: nothing is restored there.").arg(m_target->cluster);
        if (cluster->state != ConnectionState::Connected)
            return tr("%1 is not connected: log in again first.").arg(m_target->cluster);
        if (m_header && kinship() != Kinship::Own && !m_options.map)
            return tr("The bundle is of another installation: choose its own namespace, or allow this one.");
        return {};
    }
    case Step::Components:
        if (m_components->chosen().isEmpty())
            return tr("Choose at least one component.");
        if (!m_safety && m_reason.trimmed().isEmpty())
            return tr("Say why no safety bundle is taken.");
        if (!m_options.templateFile.isEmpty() && !QFileInfo(m_options.templateFile).isFile())
            return tr("The template “%1” does not exist.").arg(m_options.templateFile);
        return {};
    case Step::Check:
        if (m_checking)
            return tr("The checks are running.");
        if (m_checkError)
            return m_checkError->message;
        if (!m_preparation)
            return tr("Nothing has been checked yet.");
        if (!checksPassed())
            return m_checks->count(run::Check::State::Failed) == 1 ? tr("One check failed.") : tr("%1 checks failed.").arg(m_checks->count(run::Check::State::Failed));
        // The timer stands still while the computer sleeps.
        if (!m_aging.isActive() || std::chrono::milliseconds(m_preparation->at.msecsTo(QDateTime::currentDateTimeUtc())) > goodFor)
            return tr("The checks are too old: check again.");
        if (!nameIsRight())
            return tr("Type %1 to confirm.").arg(m_target->name);
        return {};
    case Step::Run:
        return m_run && !m_run->outcome() ? tr("The restore is running.") : QString{};
    case Step::Result:
        return {};
    }
    return {};
}

bool RestoreSession::canGoTo(Step step) const
{
    const bool isRunning = m_run && !m_run->outcome();
    if (step >= Step::Run)
        return m_run && (step == Step::Run || !isRunning);
    if (isRunning)
        return false;
    for (int each = 0; each < int(step); ++each) {
        if (!whyNot(Step(each)).isEmpty())
            return false;
    }
    return true;
}

void RestoreSession::goTo(Step step)
{
    if (step == m_step || !canGoTo(step))
        return;
    if (step < Step::Run && m_run) {
        forgetRun(); // its namespace is another one now
        invalidate();
    }
    m_step = step;
    Q_EMIT stepChanged();
    if (step == Step::Check && !m_preparation && !m_checking)
        check();
    else
        Q_EMIT changed();
}

// Bundle -------------------------------------------------------------------------------------------------------------------------------

void RestoreSession::openBundle(const QString& path)
{
    const quint64 number = ++m_bundleNumber;
    m_bundlePath = path;
    m_header.reset();
    m_manifest = {};
    m_bundleError.reset();
    m_components->clear();
    m_targets->setBundle({});
    if (!m_targetGiven)
        m_target.reset();
    m_options.map = false; // allowed for one bundle, not for the next
    m_options.acceptUnreadable.clear();
    m_difference.reset();
    m_wanted.clear();
    m_opening = !path.isEmpty();
    invalidate();
    if (path.isEmpty())
        return;
    const auto work = [path]() -> Result<std::shared_ptr<Opened>> {
        const auto reader = bundle::Reader::open(path);
        if (!reader)
            return fail(reader.error());
        return std::make_shared<Opened>(Opened{(*reader)->header(), (*reader)->manifest()});
    };
    m_clusters.workplace().inBackground(this, work, [this, number](const Result<std::shared_ptr<Opened>>& opened) {
        if (number != m_bundleNumber)
            return;
        m_opening = false;
        if (!opened) {
            m_bundleError = opened.error();
            Q_EMIT changed();
            return;
        }
        m_header = (*opened)->header;
        m_manifest = (*opened)->manifest;
        m_targets->setBundle(m_header);
        if (!m_targetGiven)
            m_target = m_targets->own();
        m_components->set(m_manifest);
        if (!m_wanted.isEmpty())
            m_components->choose(m_wanted);
        Q_EMIT changed();
        // Whoever came with a bundle, and perhaps a namespace, has made these choices; both can still be changed.
        if (std::exchange(m_chosen, false) && m_step == Step::Bundle)
            goTo(m_targetGiven && canGoTo(Step::Components) ? Step::Components : Step::Target);
    });
}

// Target -------------------------------------------------------------------------------------------------------------------------------

void RestoreSession::setTarget(const std::optional<NamespaceRef>& target)
{
    m_targetGiven = target.has_value();
    if (target == m_target)
        return;
    m_target = target;
    m_options.map = false; // allowed for one namespace, not for the next
    m_options.acceptUnreadable.clear();
    m_difference.reset();
    invalidate();
}

Kinship RestoreSession::kinship() const
{
    const Kinship seen = m_target ? m_targets->kinship(*m_target) : Kinship::Other;
    return seen == Kinship::Own && m_difference ? m_difference->kinship : seen;
}

QString RestoreSession::differs() const
{
    return m_difference && m_target && m_targets->kinship(*m_target) == Kinship::Own ? m_difference->text : QString{};
}

bool RestoreSession::production() const
{
    const ClusterState* cluster = m_target ? m_clusters.cluster(m_target->cluster) : nullptr;
    return cluster && cluster->cluster.production;
}

QString RestoreSession::clusterColour() const
{
    const ClusterState* cluster = m_target ? m_clusters.cluster(m_target->cluster) : nullptr;
    return cluster ? cluster->cluster.colour : QString{};
}

QStringList RestoreSession::connectedClusters() const
{
    QStringList names;
    for (const ClusterState& cluster : m_clusters.clusters()) {
        if (cluster.state == ConnectionState::Connected && !cluster.cluster.readOnly)
            names.append(cluster.cluster.name);
    }
    return names;
}

// Options ------------------------------------------------------------------------------------------------------------------------------

void RestoreSession::setEmptyQueues(bool empty)
{
    if (std::exchange(m_options.emptyQueues, empty) != empty)
        invalidate();
}

void RestoreSession::setDocumentedRedis(bool documented)
{
    if (std::exchange(m_options.documentedRedis, documented) != documented)
        invalidate();
}

void RestoreSession::setTemplateFile(const QString& path)
{
    const QString absolute = path.trimmed().isEmpty() ? QString{} : QFileInfo(path.trimmed()).absoluteFilePath();
    if (std::exchange(m_options.templateFile, absolute) != absolute)
        invalidate();
}

void RestoreSession::setMap(bool map)
{
    if (std::exchange(m_options.map, map) != map)
        invalidate();
}

void RestoreSession::setSafety(bool take)
{
    if (std::exchange(m_safety, take) != take)
        invalidate();
}

void RestoreSession::setReason(const QString& reason)
{
    const QString bounded = reason.left(500);
    if (std::exchange(m_reason, bounded) != bounded && !m_safety)
        invalidate();
}

restore::Options RestoreSession::chosenOptions() const
{
    restore::Options options = m_options;
    options.components = m_components->chosen();
    // What is given up is given up of what is restored.
    options.acceptUnreadable.removeIf([&options](const QString& id) { return !options.components.contains(id); });
    options.withoutSafetyReason = m_safety ? QString{} : m_reason.trimmed();
    return options;
}

void RestoreSession::invalidate()
{
    stopChecking();
    m_preparation.reset();
    m_checkError.reset();
    m_changedSince = false;
    m_lastFingerprint.clear();
    m_checks->clear();
    m_changes->set({});
    m_aging.stop();
    clearTyped();
    Q_EMIT changed();
}

// Check and confirm --------------------------------------------------------------------------------------------------------------------

void RestoreSession::stopChecking()
{
    m_stop.request_stop();
    ++m_checkNumber;
    m_checking = false;
    m_watching.stop();
    m_counting.clear();
}

void RestoreSession::clearTyped()
{
    if (m_typed.isEmpty())
        return;
    m_typed.clear();
    Q_EMIT typedNameCleared();
}

void RestoreSession::check()
{
    if (m_run || m_checking)
        return;
    // What the last check found of the target is what is asked again: it is no reason not to.
    const std::optional<Difference> before = std::exchange(m_difference, std::nullopt);
    for (const Step step : {Step::Bundle, Step::Target, Step::Components}) {
        if (!whyNot(step).isEmpty()) {
            m_difference = before;
            return;
        }
    }
    const quint64 number = ++m_checkNumber;
    m_stop = std::stop_source();
    m_checking = true;
    m_checkError.reset();
    Q_EMIT changed();
    const Workplace& workplace = m_clusters.workplace();
    const auto connection = m_clusters.connection(*m_target);
    if (!connection) {
        put(fail(connection.error()));
        return;
    }
    const PreparationRequest request{.cluster = m_target->cluster, .bundlePath = m_bundlePath, .safetyFolder = workplace.safetyFolder(), .catalogueFolder = workplace.catalogueFolder(), .connection = *connection,
                                     .options = chosenOptions()};
    m_progress = std::make_shared<Counting>();
    m_counting.clear();
    m_watching.start();
    const auto progress = [counting = m_progress](const QString& component, int done, int total) {
        const std::lock_guard lock(counting->mutex);
        counting->component = component;
        counting->done = done;
        counting->total = total;
    };
    workplace.inBackground(this, [request, progress, &redactor = workplace.redactor, stop = m_stop.get_token()] { return prepare(request, redactor, stop, progress); },
                           [this, number](const Result<std::shared_ptr<Preparation>>& made) {
                               if (number == m_checkNumber)
                                   put(made);
                           });
}

void RestoreSession::put(const Result<std::shared_ptr<Preparation>>& made)
{
    m_checking = false;
    m_watching.stop();
    m_counting.clear();
    if (!made) {
        // What was known stays to be read, but nothing is started from it.
        m_checkError = made.error();
        m_preparation.reset();
        m_aging.stop();
        clearTyped();
        if (made.error().code == ErrorCode::NotLoggedIn) {
            const QString cluster = m_target->cluster; // of its own: whoever hears of it may choose another target
            m_clusters.loginLost(cluster);
        }
        Q_EMIT changed();
        return;
    }
    m_checkError.reset();
    m_preparation = *made;
    m_changedSince = !m_lastFingerprint.isEmpty() && m_lastFingerprint != m_preparation->fingerprint;
    m_lastFingerprint = m_preparation->fingerprint;
    if (m_changedSince)
        clearTyped();
    learnDifference();
    m_checks->set(m_preparation->checks, m_preparation->plan.warnings);
    m_changes->set(m_preparation->changes);
    m_aging.start(goodFor);
    Q_EMIT changed();
}

void RestoreSession::setTypedName(const QString& name)
{
    if (name == m_typed)
        return;
    m_typed = name;
    if (const QStringList given = unreadable(); !given.isEmpty() && !m_checking && m_typed.simplified() == given.join(u", "_s)) {
        m_options.acceptUnreadable += given;
        invalidate();
        check();
        return;
    }
    Q_EMIT changed();
}

} // namespace scalekeep::models
