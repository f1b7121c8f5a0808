#include "models/compare/comparesession.h"

#include "engine/base/files.h"
#include "engine/catalog/catalog.h"
#include "engine/cluster/inventory.h"
#include "engine/compare/export.h"
#include "engine/compare/live.h"
#include "engine/run/redaction.h"
#include "engine/store/objects.h"

#include <QFileInfo>
#include <QJsonDocument>

#include <algorithm>

namespace scalekeep::models {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr qsizetype mostDetails = 32; ///< that are kept

/// A namespace with all that its reader refers to.
struct Live {
    oc::Client client;
    cluster::Inventory inventory;
    catalog::Detection detection;
    compare::LiveNamespace reader;

    Live(oc::Client connected, cluster::Inventory found, catalog::Detection detected, Redactor& redactor, const QString& cluster)
        : client(std::move(connected)), inventory(std::move(found)), detection(std::move(detected)), reader(client, detection, inventory, redactor, cluster)
    {
    }
};
} // namespace

struct CompareSession::Opened {
    FileStamp file; ///< of a bundle
    std::unique_ptr<bundle::Reader> bundle;
    std::unique_ptr<compare::BundleSource> source;
    std::unique_ptr<Live> live;
    compare::Content content;
    std::mutex reading; ///< one stream of a namespace at a time

    [[nodiscard]] compare::Source& data() { return live ? static_cast<compare::Source&>(live->reader) : *source; }
};

void CompareSession::Work::say(const QString& doing, qint64 done, qint64 total)
{
    const std::lock_guard lock(mutex);
    progress = {doing, done, total};
}

CompareSession::CompareSession(ClusterHub& hub, BundleLibrary& library, QObject* parent) : QObject(parent), m_hub(hub), m_library(library), m_rules(compare::Rules::standard())
{
    m_timer.setInterval(250);
    connect(&m_timer, &QTimer::timeout, this, &CompareSession::progressed);
    connect(&library, &BundleLibrary::bundleChanged, this, [this](const QString& path) {
        if (m_sides[A].side.bundle == path || m_sides[B].side.bundle == path)
            Q_EMIT sidesChanged();
    });
    loadRules();
}

CompareSession::~CompareSession()
{
    if (m_work)
        m_work->stop.request_stop();
}

// -------------------------------------------------------------------------------------------------------------- sides

const compare::Content* CompareSession::content(Which which) const
{
    return m_sides[which].opened ? &m_sides[which].opened->content : nullptr;
}

SideText CompareSession::text(Which which) const
{
    SideText text = sideText(m_sides[which].side, content(which), m_library);
    if (m_sides[which].side.isEmpty())
        return text;
    const auto when = [this](Which side) {
        if (const compare::Content* read = content(side))
            return read->when;
        const BundleInfo* info = m_library.bundle(m_sides[side].side.bundle);
        return info ? info->header.started : QDateTime();
    };
    const QString more = which == A ? tr("Base of the comparison.") : laterText(when(A), when(B));
    text.line = more.isEmpty() ? text.line : tr("%1 %2").arg(text.line, more);
    return text;
}

void CompareSession::setSide(Which which, const CompareSide& side)
{
    setSides(which == A ? side : m_sides[A].side, which == B ? side : m_sides[B].side);
}

void CompareSession::setSides(const CompareSide& a, const CompareSide& b)
{
    if (m_sides[A].side == a && m_sides[B].side == b)
        return;
    const std::array<Side, 2> before = m_sides;
    m_sides = {Side{a, nullptr}, Side{b, nullptr}};
    // What has been read stays good on whichever side it stands now.
    for (Side& now : m_sides) {
        for (const Side& old : before) {
            if (!now.side.isEmpty() && now.side == old.side)
                now.opened = old.opened;
        }
    }
    forget();
    look();
}

void CompareSession::swap()
{
    setSides(m_sides[B].side, m_sides[A].side);
}

void CompareSession::refresh()
{
    for (Side& side : m_sides) {
        if (side.side.isLive() || (side.opened && side.opened->file != FileStamp::of(side.side.bundle)))
            side.opened.reset();
    }
    forget();
    look();
}

void CompareSession::forget()
{
    m_comparison.reset();
    m_details.clear();
    Q_EMIT sidesChanged();
    Q_EMIT comparisonChanged();
}

void CompareSession::look()
{
    cancel();
    if (m_sides[A].side.isEmpty() || m_sides[B].side.isEmpty())
        setState(State::Empty);
    else if (std::any_of(m_sides.begin(), m_sides.end(), [](const Side& side) { return side.side.isLive() && !side.opened; }))
        setState(State::Ready);
    else
        work();
}

void CompareSession::setState(State state, const std::optional<Error>& error)
{
    m_state = state;
    m_error = error;
    if (state == State::Working)
        m_timer.start();
    else
        m_timer.stop();
    Q_EMIT stateChanged();
}

// --------------------------------------------------------------------------------------------------------------- work

CompareSession::Progress CompareSession::progress() const
{
    if (!m_work)
        return {};
    const std::lock_guard lock(m_work->mutex);
    return m_work->progress;
}

void CompareSession::start()
{
    if (!m_sides[A].side.isEmpty() && !m_sides[B].side.isEmpty())
        work();
}

void CompareSession::cancel()
{
    ++m_generation;
    if (!m_work)
        return;
    m_work->stop.request_stop();
    m_work.reset();
    setState(m_sides[A].side.isEmpty() || m_sides[B].side.isEmpty() ? State::Empty : m_comparison ? State::Done : State::Ready);
}

CompareSession::Reading CompareSession::readBundle(const QString& path, Redactor& redactor)
{
    auto opened = std::make_shared<Opened>();
    opened->file = FileStamp::of(path);
    auto reader = bundle::Reader::open(path);
    if (!reader)
        return fail(reader.error());
    opened->bundle = std::move(*reader);
    // Values of its Secrets may stand in rows and files as well: nothing of them is to be shown.
    const auto secrets = store::objects::savedObjects(*opened->bundle, u"secrets"_s);
    if (!secrets)
        return fail(secrets.error());
    run::learnSecrets(redactor, *secrets);
    opened->source = std::make_unique<compare::BundleSource>(*opened->bundle);
    auto content = compare::contentOf(*opened->bundle);
    if (!content)
        return fail(content.error());
    opened->content = std::move(*content);
    return opened;
}

CompareSession::Reading CompareSession::readNamespace(const Workplace& workplace, const NamespaceRef& where, const QStringList& components, Work& work)
{
    const auto stop = work.stop.get_token();
    work.say(tr("Looking at %1").arg(where.title()), 0, 0);
    const auto connection = workplace.logins.connection(where.cluster, where.name);
    if (!connection)
        return fail(connection.error());
    oc::Client client(*connection, workplace.redactor, {}, stop);
    auto inventory = cluster::takeInventory(client);
    if (!inventory)
        return fail(inventory.error());
    auto detection = catalog::detect(*inventory, workplace.catalogueFolder());
    if (!detection)
        return fail(detection.error());
    run::learnSecrets(workplace.redactor, client);
    auto opened = std::make_shared<Opened>();
    // The client that stays has no stop token of this work: rows are read with it later.
    opened->live = std::make_unique<Live>(oc::Client(*connection, workplace.redactor), std::move(*inventory), std::move(*detection), workplace.redactor, where.cluster);
    auto content = opened->live->reader.content(components, [&work, &where](const QString& component, qint64 bytes) { work.say(tr("Reading %1 of %2").arg(component, where.title()), bytes, 0); }, stop);
    if (!content)
        return fail(content.error());
    opened->content = std::move(*content);
    return opened;
}

void CompareSession::work()
{
    ++m_generation;
    if (m_work)
        m_work->stop.request_stop();
    m_work = std::make_shared<Work>();
    setState(State::Working);
    m_hub.workplace().inBackground(
        this,
        [&workplace = m_hub.workplace(), sides = m_sides, rules = m_rules, work = m_work] {
            auto answer = std::make_shared<Result<Answer>>(Answer{{sides[A].opened, sides[B].opened}, nullptr});
            std::array<std::shared_ptr<Opened>, 2>& opened = (*answer)->opened;
            // Bundles first: what they hold says what of a namespace has to be read.
            for (const bool live : {false, true}) {
                for (const Which which : {A, B}) {
                    if (opened[which] || sides[which].side.isLive() != live)
                        continue;
                    const std::shared_ptr<Opened>& other = opened[which == A ? B : A];
                    if (!live)
                        work->say(tr("Reading %1").arg(QFileInfo(sides[which].side.bundle).fileName()), 0, 0);
                    Reading reading = live ? readNamespace(workplace, sides[which].side.where, other ? other->content.parts.keys() : QStringList(), *work) : readBundle(sides[which].side.bundle, workplace.redactor);
                    if (work->stop.stop_requested())
                        return std::make_shared<Result<Answer>>(fail(ErrorCode::Cancelled, tr("The comparison was stopped.")));
                    if (!reading)
                        return std::make_shared<Result<Answer>>(fail(reading.error()));
                    opened[which] = std::move(*reading);
                }
            }
            work->say(tr("Comparing"), 0, 0);
            (*answer)->comparison = std::make_shared<const compare::Comparison>(compare::compare(opened[A]->content, opened[B]->content, rules));
            return answer;
        },
        [this, generation = m_generation](const std::shared_ptr<Result<Answer>>& answer) { done(generation, *answer); });
}

void CompareSession::done(quint64 generation, const Result<Answer>& answer)
{
    if (generation != m_generation)
        return;
    m_work.reset();
    if (!answer) {
        setState(State::Failed, answer.error());
        return;
    }
    m_sides[A].opened = answer->opened[A];
    m_sides[B].opened = answer->opened[B];
    m_comparison = answer->comparison;
    m_details.clear();
    setState(State::Done);
    Q_EMIT sidesChanged();
    Q_EMIT comparisonChanged();
}

// -------------------------------------------------------------------------------------------------------------- rules

void CompareSession::loadRules()
{
    // Small, and needed before the first comparison.
    const QString kept = compare::Rules::path(m_hub.workplace().home);
    if (!QFileInfo::exists(kept))
        return;
    const auto rules = compare::Rules::read(kept);
    if (rules) {
        m_rules = *rules;
        return;
    }
    // Said as soon as somebody listens.
    QMetaObject::invokeMethod(this, [this, error = rules.error()] { Q_EMIT failed(tr("Reading the noise rules"), error); }, Qt::QueuedConnection);
}

void CompareSession::setRules(const compare::Rules& rules)
{
    if (rules == m_rules)
        return;
    m_rules = rules;
    Q_EMIT rulesChanged();
    m_hub.workplace().inBackground(this,
                                   [home = m_hub.workplace().home, json = QJsonDocument(rules.toJson()).toJson()] {
                                       const auto made = makePrivateDirectory(home);
                                       return made ? writePrivateFile(compare::Rules::path(home), json) : made;
                                   },
                                   [this](const Result<void>& written) {
                                       if (!written)
                                           Q_EMIT failed(tr("Keeping the noise rules"), written.error());
                                   });
    if (m_sides[A].opened && m_sides[B].opened)
        work();
}

// ------------------------------------------------------------------------------------------------------------ details

qint64 CompareSession::cost(const QString& path) const
{
    const compare::Node* node = m_comparison ? m_comparison->find(path) : nullptr;
    if (!node || m_details.contains(path))
        return 0;
    qint64 bytes = 0;
    for (const Side& side : m_sides) {
        if (!side.opened || side.opened->live)
            return -1;
        for (const bundle::Stream& stream : side.opened->content.manifest.streams) {
            if (stream.component == node->component)
                bytes += stream.bytes;
        }
    }
    return bytes;
}

std::shared_ptr<CompareSession::Opening> CompareSession::open(const QString& path, QObject* context, DetailAnswer answer)
{
    auto opening = std::make_shared<Opening>();
    if (const auto known = m_details.value(path)) {
        QMetaObject::invokeMethod(context, [known, answer = std::move(answer)] { answer(known); }, Qt::QueuedConnection);
        return opening;
    }
    const compare::Node* node = m_comparison ? m_comparison->find(path) : nullptr;
    if (!node) {
        QMetaObject::invokeMethod(context, [answer = std::move(answer)] { answer(fail(ErrorCode::NotFound, tr("It is not part of this comparison."))); }, Qt::QueuedConnection);
        return opening;
    }
    using Answered = std::shared_ptr<Result<std::shared_ptr<const compare::Detail>>>;
    m_hub.workplace().inBackground(
        context,
        // The comparison keeps the node, the sides their sources; `opening` is only looked at as long as somebody waits for it.
        [comparison = m_comparison, node, a = m_sides[A].opened, b = m_sides[B].opened, folder = m_hub.workplace().home + u"/tmp"_s, stop = opening->stop.get_token(), shown = std::weak_ptr(opening),
         &redactor = m_hub.workplace().redactor] {
            const auto failed = [](const Error& error) { return std::make_shared<Answered::element_type>(fail(error)); };
            if (const auto made = makePrivateDirectory(folder); !made)
                return failed(made.error());
            // A pod is not asked for two streams at once; a bundle may be on both sides.
            const std::unique_lock first(a->reading);
            const std::unique_lock second = a == b ? std::unique_lock<std::mutex>() : std::unique_lock(b->reading);
            auto detail = compare::detail(*comparison, *node, a->data(), b->data(), folder,
                                          [&shown](const QString&, qint64 done, qint64 total) {
                                              if (const auto waiting = shown.lock()) {
                                                  waiting->done = done;
                                                  waiting->total = total;
                                              }
                                          },
                                          stop, {.redactor = &redactor});
            if (stop.stop_requested())
                return failed(Error{ErrorCode::Cancelled, tr("It was stopped."), {}, {}});
            if (!detail)
                return failed(detail.error());
            return std::make_shared<Answered::element_type>(std::make_shared<const compare::Detail>(std::move(*detail)));
        },
        [session = QPointer(this), comparison = std::weak_ptr(m_comparison), path, answer = std::move(answer)](const Answered& answered) {
            if (session && *answered && comparison.lock() == session->m_comparison) {
                if (session->m_details.size() >= mostDetails)
                    session->m_details.erase(session->m_details.begin());
                session->m_details.insert(path, **answered);
                Q_EMIT session->detailOpened(path, **answered);
            }
            answer(*answered);
        });
    return opening;
}

void CompareSession::exportTo(const QString& path, QObject* context, std::function<void(const Result<void>&)> answer)
{
    if (!m_comparison)
        return;
    compare::ExportOptions options;
    for (auto each = m_details.begin(); each != m_details.end(); ++each)
        options.details.insert(each.key(), *each.value());
    m_hub.workplace().inBackground(
        context,
        [path, comparison = m_comparison, options] {
            const bool json = path.endsWith(u".json"_s, Qt::CaseInsensitive);
            return writePrivateFile(path, json ? QJsonDocument(compare::toJson(*comparison, options)).toJson() : compare::toHtml(*comparison, options));
        },
        std::move(answer));
}

} // namespace scalekeep::models
