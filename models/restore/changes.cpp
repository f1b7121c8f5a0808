#include "models/restore/changes.h"

#include "models/common/components.h"
#include "models/common/format.h"

#include <QCoreApplication>

#include <algorithm>
#include <tuple>

namespace scalekeep::models {

using namespace Qt::Literals::StringLiterals;

namespace {
using From = restore::Change;
using Kind = From::Kind;
using Fate = From::Fate;

constexpr qsizetype shownChildren = 200; ///< of one row; the rest is one row that counts them
constexpr qsizetype longestText = 200;

struct Texts {
    Q_DECLARE_TR_FUNCTIONS(scalekeep::models::Changes)
};

QString cut(const QString& text)
{
    return text.size() <= longestText ? text : text.left(longestText - 1) + u'…';
}

QString signedCount(qint64 difference)
{
    if (difference == 0)
        return Texts::tr("equal");
    return (difference > 0 ? u"+"_s : u"−"_s) + formatCount(std::abs(difference));
}

QString glyphOf(Fate fate)
{
    switch (fate) {
    case Fate::Equal:
        return u"equal"_s;
    case Fate::Created:
        return u"added"_s;
    case Fate::Removed:
    case Fate::Emptied:
        return u"removed"_s;
    case Fate::Kept:
        return u"skipped"_s;
    case Fate::Replaced:
    case Fate::PutBack:
        break;
    }
    return u"changed"_s;
}

QString wordOf(Fate fate)
{
    switch (fate) {
    case Fate::Equal:
        return Texts::tr("equal");
    case Fate::Created:
        return Texts::tr("created");
    case Fate::Removed:
        return Texts::tr("removed");
    case Fate::Emptied:
        return Texts::tr("emptied");
    case Fate::Kept:
        return Texts::tr("left as it is");
    case Fate::PutBack:
        return Texts::tr("put back");
    case Fate::Replaced:
        break;
    }
    return Texts::tr("replaced");
}

/// Children beyond the limit become one row, so that a bundle of a hundred thousand tables does not become as many rows.
void bound(Change& parent, qint64 left, const QString& more)
{
    qsizetype rest = left;
    if (parent.children.size() > shownChildren) {
        rest += parent.children.size() - shownChildren;
        parent.children.resize(shownChildren);
    }
    if (rest <= 0 || parent.children.isEmpty())
        return;
    Change row;
    row.object = more.arg(formatCount(rest));
    row.icon = parent.children.last().icon;
    row.glyph = parent.children.last().glyph;
    row.nowText = row.afterwardsText = u" "_s;
    parent.children.append(row);
}

class Rows {
public:
    explicit Rows(const restore::Situation& situation) : m_situation(situation) {}

    [[nodiscard]] Change row(const From& from) const
    {
        Change made;
        made.icon = iconOf(from);
        made.glyph = glyphOf(from.fate);
        made.object = cut(from.name);
        made.now = from.now;
        made.afterwards = from.afterwards;
        made.change = wordOf(from.fate);
        made.explanation = explanationOf(from);
        if (from.isApproximate && from.now) {
            made.nowText = u"≈ "_s + formatCount(*from.now);
            made.explanation += u'\n' + Texts::tr("Counting takes too long: the server's own estimate.");
        }
        if (!from.unreadable.isEmpty()) {
            made.nowText = Texts::tr("unreadable");
            made.explanation += u'\n' + Texts::tr("Could not be looked at: %1").arg(cut(from.unreadable));
        }
        switch (from.kind) {
        case Kind::Database:
            made.object = Texts::tr("%1, rows").arg(from.component);
            count(made, from);
            counted(made, from, u"table"_s, {Texts::tr("1 table"), Texts::tr("%1 tables")}, Texts::tr("%1 more tables"));
            break;
        case Kind::Keys:
            made.object = (isQueues(from) ? Texts::tr("%1 /%2, queues") : Texts::tr("%1 /%2, keys")).arg(from.component, from.name.section(u'/', -1));
            count(made, from);
            if (isQueues(from) && from.fate != Fate::Emptied)
                made.change = Texts::tr("as documented");
            counted(made, from, made.icon, {Texts::tr("1 prefix"), Texts::tr("%1 prefixes")}, Texts::tr("%1 more prefixes"));
            break;
        case Kind::Table:
        case Kind::Prefix:
            if (from.name.isEmpty())
                made.object = Texts::tr("other keys");
            count(made, from);
            break;
        case Kind::Files:
            made.object = Texts::tr("%1, files").arg(from.component);
            if (from.now && from.afterwards && from.unreadable.isEmpty())
                made.change = from.fate == Fate::Equal ? wordOf(from.fate) : *from.now == *from.afterwards ? Texts::tr("%1 replaced").arg(formatCount(from.changed)) : signedCount(*from.afterwards - *from.now);
            files(made, from);
            break;
        case Kind::Objects:
            objects(made, from);
            break;
        case Kind::Object:
            for (const From& field : from.children)
                made.children.append(row(field));
            bound(made, from.left, Texts::tr("%1 more fields"));
            break;
        case Kind::Field:
            made.nowText = made.afterwardsText = u" "_s;
            if (!from.was.isEmpty() || !from.will.isEmpty()) {
                made.nowText = from.was.isEmpty() ? u"–"_s : cut(from.was).simplified();
                made.afterwardsText = from.will.isEmpty() ? u"–"_s : cut(from.will).simplified();
                made.explanation = Texts::tr("Now: %1\nAfterwards: %2").arg(from.was, from.will);
            }
            break;
        case Kind::Writers:
            made.object = Texts::tr("Writers, replicas");
            for (const From& workload : from.children)
                made.children.append(row(workload));
            putBack(made, from);
            break;
        case Kind::Workload:
            putBack(made, from);
            break;
        case Kind::File:
            made.nowText = from.now ? formatBytes(*from.now) : u"–"_s;
            made.afterwardsText = from.afterwards ? formatBytes(*from.afterwards) : u"–"_s;
            break;
        }
        made.explanation = made.explanation.trimmed();
        return made;
    }

private:
    /// With a count on both sides the difference says more than the word.
    static void count(Change& made, const From& from)
    {
        if (from.unreadable.isEmpty() && from.now && from.afterwards && *from.now != *from.afterwards && (from.fate == Fate::Replaced || from.fate == Fate::Removed))
            made.change = (from.isApproximate ? u"≈ "_s : QString{}) + signedCount(*from.afterwards - *from.now);
    }

    static void putBack(Change& made, const From& from)
    {
        const qint64 now = from.now.value_or(0), afterwards = from.afterwards.value_or(0);
        made.afterwardsText = Texts::tr("0, then %1").arg(formatCount(afterwards));
        made.change = afterwards == now ? wordOf(Fate::PutBack) : signedCount(afterwards - now);
    }

    /// What differs in number first, then one row for all the others.
    void counted(Change& made, const From& from, const QString& icon, const std::pair<QString, QString>& group, const QString& more) const
    {
        Change same;
        same.now = same.afterwards = 0;
        for (const From& child : from.children) {
            Change each = row(child);
            each.icon = icon;
            if (!from.unreadable.isEmpty() || !child.now || *child.now != child.afterwards.value_or(0) || child.fate != Fate::Replaced) {
                made.children.append(each);
                continue;
            }
            *same.now += *child.now;
            *same.afterwards += *child.now;
            same.children.append(each);
        }
        bound(made, from.left, more);
        if (same.children.isEmpty())
            return;
        const qsizetype total = same.children.size();
        bound(same, 0, more);
        same.object = total == 1 ? group.first : group.second.arg(formatCount(total));
        same.icon = icon;
        same.glyph = u"equal"_s;
        same.change = Texts::tr("same number");
        same.explanation = Texts::tr("As many as in the bundle. They are loaded all the same; whether their content is equal, only a comparison tells.");
        if (made.children.isEmpty())
            made.children = same.children;
        else
            made.children.append(same);
    }

    void files(Change& made, const From& from) const
    {
        const std::tuple<Fate, qint64, QString, QString> groups[] = {{Fate::Created, from.added, Texts::tr("1 file comes back"), Texts::tr("%1 files come back")},
                                                                     {Fate::Replaced, from.changed, Texts::tr("1 file changes"), Texts::tr("%1 files change")},
                                                                     {Fate::Removed, from.removed, Texts::tr("1 file goes"), Texts::tr("%1 files go")}};
        for (const auto& [fate, total, one, several] : groups) {
            if (total == 0)
                continue;
            Change group;
            group.object = total == 1 ? one : several.arg(formatCount(total));
            group.icon = made.icon;
            group.glyph = glyphOf(fate);
            group.now = fate == Fate::Created ? 0 : total;
            group.afterwards = fate == Fate::Removed ? 0 : total;
            group.change = fate == Fate::Replaced ? wordOf(fate) : signedCount(fate == Fate::Created ? total : -total);
            for (const From& file : from.children) {
                if (file.fate == fate && group.children.size() <= shownChildren)
                    group.children.append(row(file));
            }
            bound(group, total - group.children.size(), Texts::tr("%1 more files"));
            made.children.append(group);
        }
    }

    void objects(Change& made, const From& from) const
    {
        if (!from.unreadable.isEmpty()) {
            made.glyph = u"changed"_s;
            made.change = Texts::tr("not compared");
            return;
        }
        QStringList parts;
        if (from.added > 0)
            parts.append(Texts::tr("+%1").arg(formatCount(from.added)));
        if (from.changed > 0)
            parts.append(Texts::tr("%1 replaced").arg(formatCount(from.changed)));
        made.change = parts.isEmpty() ? Texts::tr("equal") : parts.join(u", "_s);
        for (const From& object : from.children)
            made.children.append(row(object));
        bound(made, from.left, Texts::tr("%1 more objects"));
    }

    [[nodiscard]] QString explanationOf(const From& from) const
    {
        switch (from.kind) {
        case Kind::Database:
            return Texts::tr("The database is dropped and loaded from the bundle. Rows that are newer than the bundle will be gone.");
        case Kind::Keys:
            if (from.fate == Fate::Emptied)
                return Texts::tr("No job runs twice; jobs that were waiting at the time of the backup are lost.");
            return isQueues(from) ? Texts::tr("Restored as documented (6.6.6): jobs that ran after the backup may run a second time. The live queues are not merged in.")
                                  : Texts::tr("All keys are replaced by those of the bundle; keys that are newer will be gone. Keys whose time has passed do not come back.");
        case Kind::Files:
            return Texts::tr("The files are swapped for those of the bundle. Files that are newer than the bundle will be gone.") +
                   (from.note.contains(u"size and time"_s) ? u'\n' + Texts::tr("The tree is large: files are compared by size and time, not by content.") : QString{});
        case Kind::Objects:
            return Texts::tr("%1 are missing and will be created, %2 differ and will be replaced; what is not in the bundle is left as it is.").arg(formatCount(from.added), formatCount(from.changed));
        case Kind::Writers:
            return Texts::tr("They are stopped while data is loaded and started again once it is proven.");
        case Kind::Table:
            return from.fate == Fate::Removed ? Texts::tr("It is not in the bundle and goes with the database.") : QString{};
        default:
            return cut(from.note); // what the server said
        }
    }

    [[nodiscard]] QString iconOf(const From& from) const
    {
        if (from.kind == Kind::Writers || from.kind == Kind::Workload)
            return u"cube"_s;
        const catalog::Component* fact = m_situation.catalog.component(from.component);
        return iconOfComponent(fact ? fact->engine : QString{}, from.component);
    }

    [[nodiscard]] bool isQueues(const From& from) const
    {
        const catalog::Component* fact = m_situation.catalog.component(from.component);
        const int number = from.name.section(u'/', -1).toInt();
        return fact && std::any_of(fact->databases.begin(), fact->databases.end(), [number](const catalog::RedisDatabase& each) { return each.index == number && each.queues; });
    }

    const restore::Situation& m_situation;
};
} // namespace

bool Change::operator==(const Change& other) const
{
    const auto own = [](const Change& each) { return std::tie(each.object, each.icon, each.glyph, each.now, each.afterwards, each.nowText, each.afterwardsText, each.change, each.explanation); };
    return own(*this) == own(other) && std::equal(children.begin(), children.end(), other.children.begin(), other.children.end());
}

QList<Change> rowsOf(const QList<restore::Change>& changes, const restore::Situation& situation)
{
    const Rows rows(situation);
    QList<Change> list;
    for (const restore::Change& change : changes)
        list.append(rows.row(change));
    return list;
}

} // namespace scalekeep::models
