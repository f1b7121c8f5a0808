#include "models/restore/changes.h"

#include "engine/index/index.h"
#include "models/common/components.h"
#include "models/common/format.h"

#include <QCoreApplication>
#include <QCryptographicHash>
#include <QJsonArray>
#include <QJsonDocument>

#include <algorithm>
#include <tuple>

namespace scalekeep::models {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr qsizetype shownChildren = 200; ///< of one row; the rest is one row that counts them

struct Texts {
    Q_DECLARE_TR_FUNCTIONS(scalekeep::models::Changes)
};

QString cut(const QString& text)
{
    return text.size() <= 200 ? text : text.left(199) + u'…';
}

QString signedCount(qint64 difference)
{
    if (difference == 0)
        return Texts::tr("equal");
    return (difference > 0 ? u"+"_s : u"−"_s) + formatCount(std::abs(difference));
}

/// Children beyond the limit become one row, so that a bundle of a hundred thousand tables does not become as many rows.
void bound(Change& parent, const QString& noun)
{
    if (parent.children.size() <= shownChildren)
        return;
    qint64 rest = 0;
    for (const Change& child : parent.children.mid(shownChildren))
        rest += child.afterwards.value_or(0);
    const qsizetype count = parent.children.size() - shownChildren;
    parent.children.resize(shownChildren);
    Change more;
    more.object = Texts::tr("%1 more %2").arg(formatCount(count), noun);
    more.icon = parent.children.first().icon;
    more.afterwards = rest;
    more.glyph = parent.glyph;
    parent.children.append(more);
}

void sortBySize(QList<Change>& list)
{
    std::stable_sort(list.begin(), list.end(), [](const Change& a, const Change& b) { return a.afterwards.value_or(0) > b.afterwards.value_or(0); });
}

qint64 countIn(const QJsonObject& summary, QStringView key)
{
    return std::max<qint64>(0, summary[key].toInteger());
}

Change database(const bundle::Component& saved, const QJsonObject& index, bool isThere)
{
    Change row;
    row.object = Texts::tr("%1, rows").arg(saved.id);
    row.icon = iconOfComponent(saved.engine, saved.id);
    row.glyph = isThere ? u"changed"_s : u"added"_s;
    row.afterwards = countIn(saved.summary, u"rows");
    row.change = isThere ? Texts::tr("replaced") : Texts::tr("created");
    row.explanation = Texts::tr("The database is dropped and loaded from the bundle: %1 tables, %2 rows. Rows that are newer than the bundle will be gone.")
                          .arg(formatCount(countIn(saved.summary, u"tables")), formatCount(*row.afterwards));
    for (const QJsonValue& entry : index[u"entries"].toArray()) {
        if (entry[u"kind"].toString() != u"table")
            continue;
        Change table;
        table.object = cut(entry[u"name"].toString());
        table.icon = u"table"_s;
        table.glyph = row.glyph;
        table.afterwards = std::max<qint64>(0, entry[u"rows"].toInteger());
        table.change = row.change;
        row.children.append(table);
    }
    sortBySize(row.children);
    bound(row, Texts::tr("tables"));
    return row;
}

QList<Change> redis(const bundle::Component& saved, const QJsonObject& index, const catalog::Component& fact, bool isThere, bool emptied)
{
    QMap<int, Change> databases;
    for (const QJsonValue& entry : index[u"entries"].toArray()) {
        if (entry[u"kind"].toString() != u"prefix")
            continue;
        const int number = entry[u"database"].toInt();
        if (!databases.contains(number) && databases.size() >= 64)
            continue; // Redis has 16
        Change& row = databases[number];
        Change prefix;
        const QString name = entry[u"prefix"].toString();
        prefix.object = name.isEmpty() ? Texts::tr("other keys") : cut(name);
        prefix.icon = iconOfComponent(saved.engine, saved.id);
        prefix.afterwards = std::max<qint64>(0, entry[u"keys"].toInteger());
        prefix.glyph = isThere ? u"changed"_s : u"added"_s;
        prefix.change = isThere ? Texts::tr("replaced") : Texts::tr("created");
        row.afterwards = row.afterwards.value_or(0) + *prefix.afterwards;
        // One prefix has an entry for each type of its values.
        const auto same = std::find_if(row.children.begin(), row.children.end(), [&prefix](const Change& child) { return child.object == prefix.object; });
        if (same != row.children.end())
            same->afterwards = same->afterwards.value_or(0) + *prefix.afterwards;
        else
            row.children.append(prefix);
    }
    if (databases.isEmpty())
        databases[0].afterwards = countIn(saved.summary, u"keys");
    QList<Change> rows;
    for (auto it = databases.begin(); it != databases.end(); ++it) {
        const auto known = std::find_if(fact.databases.begin(), fact.databases.end(), [&it](const catalog::RedisDatabase& each) { return each.index == it.key(); });
        const bool queues = known != fact.databases.end() && known->queues;
        Change& row = it.value();
        row.object = (queues ? Texts::tr("%1 /%2, queues") : Texts::tr("%1 /%2, keys")).arg(saved.id).arg(it.key());
        row.icon = iconOfComponent(saved.engine, saved.id);
        row.glyph = isThere ? u"changed"_s : u"added"_s;
        row.change = isThere ? Texts::tr("replaced") : Texts::tr("created");
        if (queues && emptied) {
            row.children.clear();
            row.afterwards = 0;
            row.glyph = u"removed"_s;
            row.change = Texts::tr("emptied");
            row.explanation = Texts::tr("No job runs twice; jobs that were waiting at the time of the backup are lost.");
        } else if (queues) {
            row.change = Texts::tr("as documented");
            row.explanation = Texts::tr("Restored as documented (6.6.6): jobs that ran after the backup may run a second time. The live queues are not merged in.");
        }
        sortBySize(row.children);
        if (!row.children.isEmpty())
            bound(row, Texts::tr("prefixes"));
        rows.append(row);
    }
    return rows;
}

Change files(const bundle::Component& saved, bool isThere)
{
    Change row;
    row.object = Texts::tr("%1, files").arg(saved.id);
    row.icon = iconOfComponent(saved.engine, saved.id);
    row.glyph = isThere ? u"changed"_s : u"added"_s;
    row.afterwards = countIn(saved.summary, u"files");
    row.change = isThere ? Texts::tr("replaced") : Texts::tr("created");
    row.explanation = Texts::tr("The files are swapped for those of the bundle (%1). Files that are newer than the bundle will be gone.").arg(formatBytes(countIn(saved.summary, u"bytes")));
    return row;
}

bool isWorkload(const QString& kind)
{
    return kind == u"DeploymentConfig" || kind == u"Deployment" || kind == u"StatefulSet";
}

/// Without what the restore leaves to the plan's own steps.
QJsonObject comparable(QJsonObject entry)
{
    if (isWorkload(entry[u"kind"].toString())) {
        QJsonObject fields = entry.value(u"fields").toObject();
        fields.remove(u"spec.replicas"_s);
        fields.remove(u"spec.paused"_s);
        entry[u"fields"] = fields;
        entry[u"sha256"] = QString::fromLatin1(QCryptographicHash::hash(QJsonDocument(fields).toJson(QJsonDocument::Compact), QCryptographicHash::Sha256).toHex());
    }
    return entry;
}

bool equalObjects(const QJsonObject& saved, const QJsonObject& live)
{
    const auto index = [](const QJsonObject& entry) { return QJsonObject{{u"format"_s, u"json"_s}, {u"entries"_s, QJsonArray{comparable(entry)}}}; };
    const QList<index::Difference> found = index::differences(index(saved), index(live));
    return std::all_of(found.begin(), found.end(), [](const index::Difference& each) { return each.warning; });
}

Change objects(const bundle::Component& saved, const catalog::Catalog& catalog, const catalog::Component& fact, const Indexes& indexes)
{
    Change row;
    row.object = saved.title.isEmpty() ? saved.id : cut(saved.title);
    row.icon = iconOfComponent(saved.engine, saved.id);
    row.afterwards = countIn(saved.summary, u"objects");
    if (!indexes.live.contains(saved.id) || !indexes.saved.contains(saved.id)) {
        row.glyph = u"changed"_s;
        row.change = Texts::tr("not compared");
        row.explanation = Texts::tr("The objects in the namespace could not be read.");
        return row;
    }
    QStringList byZync;
    for (const QString& id : fact.kinds) {
        const catalog::ObjectKind* kind = catalog.kind(id);
        if (kind && kind->createdBy == u"zync")
            byZync.append(kind->kind);
    }
    QHash<QString, QJsonObject> live;
    for (const QJsonValue& entry : indexes.live.value(saved.id)[u"entries"].toArray())
        live.insert(entry[u"kind"].toString() + u'/' + entry[u"name"].toString(), entry.toObject());
    const qint64 there = live.size();
    qint64 missing = 0, different = 0;
    QList<Change> changed, same;
    for (const QJsonValue& entry : indexes.saved.value(saved.id)[u"entries"].toArray()) {
        const QString kind = entry[u"kind"].toString(), key = kind + u'/' + entry[u"name"].toString();
        Change object;
        object.object = cut(u"%1 %2"_s.arg(kind, entry[u"name"].toString()));
        object.icon = row.icon;
        object.afterwards = 1;
        const auto now = live.constFind(key);
        object.now = now == live.constEnd() ? 0 : 1;
        const bool createOnly = kind == u"PersistentVolumeClaim" || kind == u"ServiceAccount" || kind == u"Job";
        if (byZync.contains(kind)) {
            object.glyph = u"skipped"_s;
            object.change = Texts::tr("made by Zync");
            object.explanation = Texts::tr("Zync makes it again from the database.");
            same.append(object);
        } else if (now == live.constEnd()) {
            object.glyph = u"added"_s;
            object.change = Texts::tr("created");
            ++missing;
            changed.append(object);
        } else if (createOnly || equalObjects(entry.toObject(), *now)) {
            object.glyph = createOnly ? u"skipped"_s : u"equal"_s;
            object.change = createOnly ? Texts::tr("kept") : Texts::tr("equal");
            same.append(object);
        } else {
            object.glyph = u"changed"_s;
            object.change = Texts::tr("replaced");
            ++different;
            changed.append(object);
        }
        live.remove(key);
    }
    for (auto it = live.cbegin(); it != live.cend(); ++it) {
        Change other;
        other.object = cut(QString(it.key()).replace(u'/', u' '));
        other.icon = row.icon;
        other.glyph = u"skipped"_s;
        other.now = other.afterwards = 1;
        other.change = Texts::tr("left as it is");
        other.explanation = Texts::tr("It is not in the bundle.");
        same.append(other);
    }
    std::sort(same.begin(), same.end(), [](const Change& a, const Change& b) { return a.object < b.object; });
    row.children = changed + same;
    row.now = there;
    row.afterwards = there + missing;
    row.glyph = missing + different == 0 ? u"equal"_s : (there == 0 ? u"added"_s : u"changed"_s);
    QStringList parts;
    if (missing > 0)
        parts.append(Texts::tr("+%1").arg(formatCount(missing)));
    if (different > 0)
        parts.append(Texts::tr("%1 replaced").arg(formatCount(different)));
    row.change = parts.isEmpty() ? Texts::tr("equal") : parts.join(u", "_s);
    row.explanation = Texts::tr("%1 are missing and will be created, %2 differ and will be replaced; what is not in the bundle is left as it is.").arg(formatCount(missing), formatCount(different));
    if (row.children.size() > shownChildren)
        bound(row, Texts::tr("objects"));
    return row;
}

/// The writers go to 0 and come back: who, and to how many pods.
std::optional<Change> writers(const restore::Situation& situation, const plan::Plan& plan)
{
    QMap<QString, qint64> back;
    QStringList stopped;
    for (const plan::Stage& stage : plan.stages) {
        for (const plan::Step& step : stage.steps) {
            const bool stop = step.action == u"workloads.stop", start = step.action == u"workloads.start";
            if (!stop && !start)
                continue;
            for (const QJsonValue& each : step.parameters[u"workloads"].toArray()) {
                const QString name = each[u"name"].toString();
                if (stop && !stopped.contains(name))
                    stopped.append(name);
                if (start)
                    back.insert(name, each[u"replicas"].toInteger());
            }
        }
    }
    if (stopped.isEmpty())
        return {};
    Change row;
    row.object = Texts::tr("Writers, replicas");
    row.icon = u"cube"_s;
    row.now = 0;
    qint64 afterwards = 0;
    for (const QString& name : std::as_const(stopped)) {
        Change child;
        child.object = name;
        child.icon = row.icon;
        const cluster::Workload* live = situation.live.workload(name);
        child.now = live ? live->desired : 0;
        // An operator's own Deployment starts again at what it had.
        const qint64 count = back.value(name, *child.now);
        child.afterwards = count;
        child.afterwardsText = Texts::tr("0, then %1").arg(formatCount(count));
        child.glyph = u"changed"_s;
        child.change = count == *child.now ? Texts::tr("put back") : signedCount(count - *child.now);
        *row.now += *child.now;
        afterwards += count;
        row.children.append(child);
    }
    row.afterwards = afterwards;
    row.afterwardsText = Texts::tr("0, then %1").arg(formatCount(afterwards));
    row.glyph = u"changed"_s;
    row.change = afterwards == *row.now ? Texts::tr("put back") : signedCount(afterwards - *row.now);
    row.explanation = Texts::tr("They are stopped while data is loaded and started again once it is proven.");
    return row;
}
} // namespace

bool Change::operator==(const Change& other) const
{
    const auto own = [](const Change& each) { return std::tie(each.object, each.icon, each.glyph, each.now, each.afterwards, each.nowText, each.afterwardsText, each.change, each.explanation); };
    return own(*this) == own(other) && std::equal(children.begin(), children.end(), other.children.begin(), other.children.end());
}

QStringList componentsOf(const plan::Plan& plan)
{
    QStringList ids;
    for (const QJsonValue& id : plan.choices[u"components"].toArray())
        ids.append(id.toString());
    return ids;
}

QList<Change> changesOf(const restore::Situation& situation, const plan::Plan& plan, const Indexes& indexes)
{
    const QStringList ids = componentsOf(plan);
    const bool emptied = plan.choices[u"queues"].toString() == u"empty";
    QList<Change> data, rest;
    for (const bundle::Component& saved : situation.manifest.components) {
        const catalog::Component* fact = situation.catalog.component(saved.id);
        if (!fact || !ids.contains(saved.id))
            continue;
        const bool isThere = situation.live.workload(fact->workload) != nullptr;
        const QJsonObject index = indexes.saved.value(saved.id);
        if (fact->engine == u"mysql" || fact->engine == u"postgresql")
            data.append(database(saved, index, isThere));
        else if (fact->engine == u"redis")
            data += redis(saved, index, *fact, isThere, emptied);
        else if (fact->engine == u"files")
            data.append(files(saved, isThere));
        else
            rest.append(objects(saved, situation.catalog, *fact, indexes));
    }
    data += rest;
    if (const auto row = writers(situation, plan))
        data.append(*row);
    return data;
}

} // namespace scalekeep::models
