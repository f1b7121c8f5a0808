#include "engine/restore/reading.h"

#include "engine/run/redaction.h"
#include "engine/store/proof.h"
#include "engine/store/objects.h"

#include <QJsonArray>

#include <atomic>
#include <future>

namespace scalekeep::restore {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr int atOnce = 3;

QString sentence(const Error& error)
{
    return error.detail.isEmpty() ? error.message : u"%1 (%2)"_s.arg(error.message, error.detail.simplified().left(300));
}

QStringList skipped(const plan::Plan& plan, const QString& component)
{
    QStringList list;
    if (const plan::Step* step = plan.step(u"restore:"_s + component)) {
        for (const QJsonValue& each : step->parameters[u"skip"].toArray())
            list.append(each.toString());
    }
    return list;
}

/// One component after the other, by as many threads as may ask at once; each result is put in its place under the lock.
class Look {
public:
    Look(const oc::Client& client, const Situation& situation, const plan::Plan& plan, const bundle::Reader& reader, Redactor& redactor, const ReadingProgress& progress, const ReadingLimits& limits)
        : m_client(client), m_situation(situation), m_plan(plan), m_reader(reader), m_redactor(redactor), m_progress(progress), m_limits(limits)
    {
        for (const QString& id : componentsOf(plan)) {
            if (const catalog::Component* component = situation.catalog.component(id))
                m_components.append(component);
        }
    }

    Reading all()
    {
        std::vector<std::future<void>> workers;
        for (int i = 0; i < atOnce; ++i) {
            workers.push_back(std::async(std::launch::async, [this] {
                for (int next = m_next++; next < m_components.size(); next = m_next++)
                    look(*m_components.at(next));
            }));
        }
        for (const auto& worker : workers)
            worker.wait();
        return std::move(m_reading);
    }

private:
    void look(const catalog::Component& component)
    {
        const bool isStore = component.engine != u"objects" && component.engine != u"files"; // whose indexes are small
        const QJsonObject index = isStore ? store::storedIndex(m_reader, component.id).value_or(QJsonObject()) : QJsonObject();
        if (component.engine == u"objects")
            put(m_reading.objects, component, objects(component));
        else if (component.engine == u"files")
            put(m_reading.trees, component, tree(component));
        else
            put(m_reading.stores, component, store(component));
        const std::lock_guard lock(m_mutex);
        if (!index.isEmpty())
            m_reading.saved.insert(component.id, index);
        ++m_done;
        if (m_progress)
            m_progress(component.id, m_done, int(m_components.size()));
    }

    template <typename T>
    void put(QMap<QString, Reading::Seen<T>>& into, const catalog::Component& component, const Result<T>& seen)
    {
        const std::lock_guard lock(m_mutex);
        into.insert(component.id, seen ? Reading::Seen<T>{*seen, {}} : Reading::Seen<T>{{}, m_redactor.redact(sentence(seen.error()))});
    }

    Result<store::Counts> store(const catalog::Component& component) const
    {
        const auto pod = podOf(component, m_situation.live);
        return pod ? store::countIn(m_client, *pod, component, m_limits.counts) : Result<store::Counts>(fail(pod.error()));
    }

    Result<store::TreeChanges> tree(const catalog::Component& component) const
    {
        const auto pod = podOf(component, m_situation.live);
        const auto text = pod ? m_reader.indexSource(component.id) : fail(pod.error());
        if (!text)
            return fail(text.error());
        index::EntryReader saved(*text);
        return store::treeChanges(m_client, *pod, component.dataDirectory, saved, m_limits.trees);
    }

    Result<QList<ObjectChange>> objects(const catalog::Component& component)
    {
        const auto saved = store::objects::savedObjects(m_reader, component.id);
        if (!saved)
            return fail(saved.error());
        {
            // Fields are shown, and what the bundle's own secrets are, the namespace may not know any more.
            const std::lock_guard lock(m_mutex);
            run::learnSecrets(m_redactor, *saved);
        }
        const auto live = store::objects::liveObjects(m_client, m_situation.catalog, component);
        return live ? objectChanges(m_client, *saved, live->items, skipped(m_plan, component.id), m_redactor, m_limits.objects) : Result<QList<ObjectChange>>(fail(live.error()));
    }

    const oc::Client& m_client;
    const Situation& m_situation;
    const plan::Plan& m_plan;
    const bundle::Reader& m_reader;
    Redactor& m_redactor;
    const ReadingProgress& m_progress;
    const ReadingLimits& m_limits;
    QList<const catalog::Component*> m_components;
    std::atomic<int> m_next = 0;
    std::mutex m_mutex;             // of what follows
    Reading m_reading;
    int m_done = 0;
};
} // namespace

Reading read(const oc::Client& client, const Situation& situation, const plan::Plan& plan, const bundle::Reader& reader, Redactor& redactor, const ReadingProgress& progress, const ReadingLimits& limits)
{
    return Look(client, situation, plan, reader, redactor, progress, limits).all();
}

QStringList componentsOf(const plan::Plan& plan)
{
    QStringList ids;
    for (const QJsonValue& id : plan.choices[u"components"].toArray())
        ids.append(id.toString());
    return ids;
}

Result<oc::PodRef> podOf(const catalog::Component& component, const cluster::Inventory& live)
{
    const auto ready = live.readyPod(component.workload);
    if (ready)
        return oc::PodRef{ready->name, component.container, ready->uid};
    if (const cluster::Workload* workload = live.workload(component.workload)) {
        for (const cluster::Pod& pod : live.podsOf(*workload)) {
            if (pod.phase == u"Running" && !pod.terminating)
                return oc::PodRef{pod.name, component.container, pod.uid};
        }
    }
    return fail(ready.error());
}

} // namespace scalekeep::restore
