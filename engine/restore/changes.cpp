#include "engine/restore/changes.h"

#include "engine/restore/scope.h"

#include <QJsonArray>

#include <algorithm>
#include <limits>
#include <tuple>

namespace scalekeep::restore {

using namespace Qt::Literals::StringLiterals;

namespace {
using Kind = Change::Kind;
using Fate = Change::Fate;

constexpr qsizetype longestName = 500;

QString cut(const QString& text)
{
    return text.size() <= longestName ? text : text.left(longestName - 1) + u'…';
}

/// Counts of hostile indexes may be anything.
qint64 count(const QJsonValue& value)
{
    return std::max<qint64>(0, value.toInteger());
}

qint64 sum(qint64 a, qint64 b)
{
    return b > std::numeric_limits<qint64>::max() - a ? std::numeric_limits<qint64>::max() : a + b;
}

void bound(Change& parent)
{
    if (parent.children.size() <= mostChildren)
        return;
    parent.left = parent.children.size() - mostChildren;
    parent.children.resize(mostChildren);
}

/// What stands out first: what goes, then what is largest.
void sortBySize(QList<Change>& list)
{
    std::stable_sort(list.begin(), list.end(), [](const Change& a, const Change& b) {
        return std::max(a.afterwards.value_or(0), a.now.value_or(0)) > std::max(b.afterwards.value_or(0), b.now.value_or(0));
    });
}

Change make(Kind kind, const bundle::Component& saved, const QString& name)
{
    Change change;
    change.kind = kind;
    change.component = saved.id;
    change.name = cut(name);
    return change;
}

Change database(const bundle::Component& saved, const catalog::Component& fact, const Reading& reading, bool isThere)
{
    Change row = make(Kind::Database, saved, saved.id);
    const Reading::Seen<store::Counts> seen = reading.stores.value(saved.id, {{}, u"It was not reached."_s});
    const bool exists = isThere && (!seen.unreadable.isEmpty() || seen.value.exists);
    row.fate = exists ? Fate::Replaced : Fate::Created;
    row.afterwards = count(saved.summary[u"rows"]);
    if (!isThere)
        row.now = 0;
    else if (!seen.unreadable.isEmpty())
        row.unreadable = seen.unreadable;
    else
        row.now = 0;
    QMap<QString, Change> tables;
    for (const QJsonValue& entry : reading.saved.value(saved.id)[u"entries"].toArray()) {
        if (entry[u"kind"].toString() != u"table")
            continue;
        Change table = make(Kind::Table, saved, entry[u"name"].toString());
        table.fate = exists ? Fate::Replaced : Fate::Created;
        table.afterwards = count(entry[u"rows"]);
        if (row.now) {
            table.now = 0;
            table.fate = Fate::Created;
        }
        tables.insert(entry[u"name"].toString(), table);
    }
    for (const store::TableCount& live : seen.value.tables) {
        const bool isInBundle = tables.contains(live.name);
        if (!isInBundle) {
            Change gone = make(Kind::Table, saved, live.name);
            // PostgreSQL's restore drops and makes the schema public; others stay.
            const bool stays = fact.engine == u"postgresql" && !live.name.startsWith(u"public."_s);
            gone.fate = stays ? Fate::Kept : Fate::Removed;
            gone.afterwards = stays ? live.rows : 0;
            tables.insert(live.name, gone);
        }
        Change& table = tables[live.name];
        table.now = live.rows;
        table.isApproximate = live.estimated;
        if (isInBundle)
            table.fate = Fate::Replaced;
        row.now = sum(*row.now, live.rows);
        row.isApproximate = row.isApproximate || live.estimated;
    }
    row.children = tables.values();
    sortBySize(row.children);
    bound(row);
    row.note = u"The database is dropped and loaded from the bundle: %1 tables, %2 rows. Rows that are newer than the bundle will be gone."_s.arg(count(saved.summary[u"tables"])).arg(*row.afterwards);
    return row;
}

QList<Change> keys(const bundle::Component& saved, const catalog::Component& fact, const Reading& reading, bool isThere, bool isEmptied)
{
    constexpr qsizetype mostDatabases = 64; // Redis has 16
    const Reading::Seen<store::Counts> seen = reading.stores.value(saved.id, {{}, u"It was not reached."_s});
    QMap<int, Change> databases;
    QMap<int, QMap<QString, Change>> prefixes;
    for (const QJsonValue& entry : reading.saved.value(saved.id)[u"entries"].toArray()) {
        if (entry[u"kind"].toString() != u"prefix")
            continue;
        const int number = entry[u"database"].toInt();
        if (number < 0 || (!databases.contains(number) && databases.size() >= mostDatabases))
            continue;
        Change& row = databases[number];
        row.afterwards = sum(row.afterwards.value_or(0), count(entry[u"keys"]));
        // One prefix has an entry for each type of its values.
        Change& prefix = prefixes[number].insert(entry[u"prefix"].toString(), prefixes[number].value(entry[u"prefix"].toString(), make(Kind::Prefix, saved, entry[u"prefix"].toString()))).value();
        prefix.fate = isThere ? Fate::Replaced : Fate::Created;
        prefix.afterwards = sum(prefix.afterwards.value_or(0), count(entry[u"keys"]));
    }
    if (databases.isEmpty())
        databases[0].afterwards = count(saved.summary[u"keys"]);
    for (auto live = seen.value.keys.cbegin(); live != seen.value.keys.cend(); ++live) {
        if (databases.size() < mostDatabases)
            databases[live.key()].now = live.value();
    }
    QList<Change> rows;
    for (auto it = databases.begin(); it != databases.end(); ++it) {
        Change row = make(Kind::Keys, saved, u"%1 /%2"_s.arg(saved.id).arg(it.key()));
        row.now = it->now;
        row.afterwards = it->afterwards.value_or(0);
        if (isThere && !seen.unreadable.isEmpty())
            row.unreadable = seen.unreadable;
        else if (!row.now)
            row.now = 0;
        row.fate = !isThere || (row.now && *row.now == 0 && *row.afterwards > 0) ? Fate::Created : *row.afterwards == 0 ? Fate::Removed : Fate::Replaced;
        const auto known = std::find_if(fact.databases.begin(), fact.databases.end(), [&it](const catalog::RedisDatabase& each) { return each.index == it.key(); });
        const bool isQueues = known != fact.databases.end() && known->queues;
        if (isQueues && isEmptied) {
            row.fate = Fate::Emptied;
            row.afterwards = 0;
            row.note = u"Queues, emptied: no job runs twice; jobs that were waiting at the time of the backup are lost."_s;
        } else {
            row.note = isQueues ? u"Queues, restored as documented (6.6.6): jobs that ran after the backup may run a second time. The live queues are not merged in."_s
                                : u"All keys are replaced by those of the bundle; keys that are newer will be gone. Keys whose time has passed since the backup do not come back."_s;
            row.children = prefixes.value(it.key()).values();
            sortBySize(row.children);
            bound(row);
        }
        rows.append(row);
    }
    return rows;
}

Change files(const bundle::Component& saved, const Reading& reading, bool isThere)
{
    Change row = make(Kind::Files, saved, saved.id);
    const Reading::Seen<store::TreeChanges> seen = reading.trees.value(saved.id, {{}, u"It was not reached."_s});
    row.fate = isThere ? Fate::Replaced : Fate::Created;
    row.afterwards = sum(count(saved.summary[u"files"]), count(saved.summary[u"links"]));
    row.note = u"The tree is swapped for that of the bundle. Files that are newer than the bundle will be gone."_s;
    if (!isThere) {
        row.now = 0;
        row.added = *row.afterwards;
        return row;
    }
    if (!seen.unreadable.isEmpty()) {
        row.unreadable = seen.unreadable;
        return row;
    }
    const store::TreeChanges& tree = seen.value;
    row.now = tree.now;
    row.afterwards = tree.afterwards;
    row.added = tree.added;
    row.changed = tree.changed;
    row.removed = tree.removed;
    if (tree.added + tree.changed + tree.removed == 0)
        row.fate = Fate::Equal;
    if (!tree.byContent)
        row.note += u" The tree is large: files are compared by size and time, not by content."_s;
    for (const store::FileChange& file : tree.entries) {
        Change child = make(Kind::File, saved, QString::fromUtf8(file.path));
        child.fate = file.fate == store::FileChange::Fate::Added ? Fate::Created : file.fate == store::FileChange::Fate::Removed ? Fate::Removed : Fate::Replaced;
        if (file.now >= 0)
            child.now = file.now;
        if (file.afterwards >= 0)
            child.afterwards = file.afterwards;
        row.children.append(child);
    }
    bound(row);
    row.left = tree.added + tree.changed + tree.removed - row.children.size();
    return row;
}

Change object(const bundle::Component& saved, const ObjectChange& from)
{
    Change change = make(Kind::Object, saved, u"%1 %2"_s.arg(from.kind, from.name));
    change.note = from.note;
    change.now = from.fate == ObjectChange::Fate::Created ? 0 : 1;
    change.afterwards = 1;
    switch (from.fate) {
    case ObjectChange::Fate::Created:
        change.fate = Fate::Created;
        break;
    case ObjectChange::Fate::Replaced:
        change.fate = Fate::Replaced;
        break;
    case ObjectChange::Fate::Equal:
        change.fate = Fate::Equal;
        break;
    case ObjectChange::Fate::Kept:
        change.fate = Fate::Kept;
        if (change.note.isEmpty())
            change.note = u"It is there already and is never replaced."_s;
        break;
    case ObjectChange::Fate::MadeByZync:
        change.fate = Fate::Kept;
        change.now.reset();
        change.afterwards.reset();
        change.note = u"Zync makes it again from the database."_s;
        break;
    case ObjectChange::Fate::NotInBundle:
        change.fate = Fate::Kept;
        change.note = u"It is not in the bundle and is left as it is."_s;
        break;
    }
    for (const FieldChange& field : from.fields) {
        Change child = make(Kind::Field, saved, field.path);
        child.fate = !field.isHidden && field.now.isEmpty() ? Fate::Created : !field.isHidden && field.afterwards.isEmpty() ? Fate::Removed : Fate::Replaced;
        child.was = field.now;
        child.will = field.afterwards;
        if (field.isHidden)
            child.note = u"A secret value, which is not shown: it differs."_s;
        change.children.append(child);
    }
    change.left = from.fieldCount - change.children.size();
    change.changed = from.fieldCount;
    return change;
}

Change objects(const bundle::Component& saved, const Reading& reading)
{
    Change row = make(Kind::Objects, saved, saved.title.isEmpty() ? saved.id : saved.title);
    const Reading::Seen<QList<ObjectChange>> seen = reading.objects.value(saved.id, {{}, u"It was not reached."_s});
    row.afterwards = count(saved.summary[u"objects"]);
    if (!seen.unreadable.isEmpty()) {
        row.unreadable = seen.unreadable;
        return row;
    }
    QList<Change> different, same;
    qint64 now = 0;
    for (const ObjectChange& each : seen.value) {
        const Change child = object(saved, each);
        now += child.now.value_or(0);
        row.added += child.fate == Fate::Created ? 1 : 0;
        row.changed += child.fate == Fate::Replaced ? 1 : 0;
        (child.fate == Fate::Created || child.fate == Fate::Replaced ? different : same).append(child);
    }
    std::sort(same.begin(), same.end(), [](const Change& a, const Change& b) { return a.name < b.name; });
    row.children = different + same;
    row.now = now;
    row.afterwards = now + row.added;
    row.fate = row.added + row.changed == 0 ? Fate::Equal : now == 0 ? Fate::Created : Fate::Replaced;
    row.note = u"%1 are missing and will be created, %2 differ and will be replaced; what is not in the bundle is left as it is."_s.arg(row.added).arg(row.changed);
    bound(row);
    return row;
}

/// The writers go to 0 and come back: who, and to how many pods.
std::optional<Change> writers(const Situation& situation, const plan::Plan& plan)
{
    QMap<QString, qint64> back;
    QStringList stopped;
    for (const plan::Stage& stage : plan.stages) {
        for (const plan::Step& step : stage.steps) {
            const bool isStop = step.action == u"workloads.stop", isStart = step.action == u"workloads.start";
            if (!isStop && !isStart)
                continue;
            for (const QJsonValue& each : step.parameters[u"workloads"].toArray()) {
                const QString name = each[u"name"].toString();
                if (isStop && !stopped.contains(name))
                    stopped.append(name);
                if (isStart)
                    back.insert(name, each[u"replicas"].toInteger());
            }
        }
    }
    if (stopped.isEmpty())
        return {};
    Change row;
    row.kind = Kind::Writers;
    row.name = u"Writers"_s;
    row.fate = Fate::PutBack;
    row.now = row.afterwards = 0;
    row.note = u"They are stopped while data is loaded and started again once it is proven."_s;
    for (const QString& name : std::as_const(stopped)) {
        Change child;
        child.kind = Kind::Workload;
        child.name = cut(name);
        child.fate = Fate::PutBack;
        const cluster::Workload* live = situation.live.workload(name);
        child.now = live ? live->desired : 0;
        // An operator's own Deployment starts again at what it had.
        child.afterwards = back.value(name, *child.now);
        row.now = sum(*row.now, *child.now);
        row.afterwards = sum(*row.afterwards, *child.afterwards);
        row.children.append(child);
    }
    return row;
}
} // namespace

bool Change::operator==(const Change& other) const
{
    const auto own = [](const Change& each) {
        return std::tie(each.kind, each.fate, each.component, each.name, each.now, each.afterwards, each.isApproximate, each.added, each.changed, each.removed, each.unreadable, each.was, each.will, each.note, each.left);
    };
    return own(*this) == own(other) && std::equal(children.begin(), children.end(), other.children.begin(), other.children.end());
}

QList<Change> changesOf(const Situation& situation, const plan::Plan& plan, const Reading& reading)
{
    const QStringList ids = componentsOf(plan);
    const bool isEmptied = plan.choices[u"queues"].toString() == u"empty";
    QList<Change> data, rest;
    for (const bundle::Component& saved : situation.manifest.components) {
        const catalog::Component* fact = situation.catalog.component(saved.id);
        if (!fact || !ids.contains(saved.id))
            continue;
        Reading seen = reading;
        const bool isUnseen = isVolumeAlone(situation, *fact);
        if (isUnseen) {
            const QString why = u"Nothing runs on its volume (claim %1), so nobody could look at what it holds."_s.arg(fact->claim);
            seen.stores.insert(saved.id, {{}, why});
            seen.trees.insert(saved.id, {{}, why});
        }
        const bool isThere = isUnseen || situation.live.workload(fact->workload);
        if (fact->engine == u"mysql" || fact->engine == u"postgresql")
            data.append(database(saved, *fact, seen, isThere));
        else if (fact->engine == u"redis")
            data += keys(saved, *fact, seen, isThere, isEmptied);
        else if (fact->engine == u"files")
            data.append(files(saved, seen, isThere));
        else
            rest.append(objects(saved, reading));
    }
    data += rest;
    if (const auto row = writers(situation, plan))
        data.append(*row);
    return data;
}

QString kindName(Kind kind)
{
    static const QStringList names{u"database"_s, u"table"_s, u"keys"_s, u"prefix"_s, u"files"_s, u"file"_s, u"objects"_s, u"object"_s, u"field"_s, u"writers"_s, u"workload"_s};
    return names.value(int(kind));
}

QString fateName(Fate fate)
{
    static const QStringList names{u"equal"_s, u"created"_s, u"replaced"_s, u"removed"_s, u"emptied"_s, u"kept"_s, u"put-back"_s};
    return names.value(int(fate));
}

QJsonObject toJson(const Change& change)
{
    QJsonObject json{{u"kind"_s, kindName(change.kind)}, {u"fate"_s, fateName(change.fate)}, {u"component"_s, change.component}, {u"name"_s, change.name}};
    json[u"now"] = change.now ? QJsonValue(*change.now) : QJsonValue();
    json[u"afterwards"] = change.afterwards ? QJsonValue(*change.afterwards) : QJsonValue();
    if (change.isApproximate)
        json[u"approximate"] = true;
    if (change.kind == Kind::Files || change.kind == Kind::Objects) {
        json[u"added"] = change.added;
        json[u"changed"] = change.changed;
        json[u"removed"] = change.removed;
    }
    if (change.kind == Kind::Field) {
        json.remove(u"now"_s);
        json.remove(u"afterwards"_s);
        json[u"was"] = change.was;
        json[u"will"] = change.will;
    }
    for (const auto& [key, text] : {std::pair{u"unreadable"_s, change.unreadable}, std::pair{u"note"_s, change.note}}) {
        if (!text.isEmpty())
            json[key] = text;
    }
    if (change.left > 0)
        json[u"left"] = change.left;
    return json;
}

QJsonObject summaryOf(const QList<Change>& changes)
{
    QJsonArray entries;
    for (const Change& change : changes)
        entries.append(toJson(change));
    return {{u"format"_s, 1}, {u"entries"_s, entries}};
}

} // namespace scalekeep::restore
