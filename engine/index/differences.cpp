#include "engine/index/index.h"
#include "engine/index/rdbkeys.h"
#include "engine/index/rowsketch.h"

#include <QJsonArray>
#include <QMap>
#include <QSet>

#include <algorithm>
#include <cstdlib>

using namespace Qt::Literals::StringLiterals;

namespace scalekeep::index {

namespace {
/// What two entries of one name have to say about each other.
struct Findings {
    QStringList problems;
    QStringList warnings;
};

QString textOf(const QJsonObject& entry, QLatin1StringView key)
{
    return entry.value(key).toString();
}

bool differ(const QJsonObject& expected, const QJsonObject& found, QLatin1StringView key)
{
    return expected.value(key) != found.value(key);
}

// Rights and comments are not data: a restore may leave them to the target.
bool isLenient(const QString& kind)
{
    return kind == "owner"_L1 || kind == "privilege"_L1 || kind == "comment"_L1;
}

QString rows(qint64 count, qint64 of, const QString& one, const QString& several)
{
    return u"%1 of %2 rows %3"_s.arg(count).arg(of).arg(count == 1 ? one : several);
}

QString additional(qint64 count)
{
    return count == 1 ? u"1 additional row"_s : u"%1 additional rows"_s.arg(count);
}

QStringList rowFindings(const QJsonObject& expected, const QJsonObject& found)
{
    const qint64 before = expected.value("rows"_L1).toInteger();
    const qint64 now = found.value("rows"_L1).toInteger();
    if (before == now && !differ(expected, found, "sha256"_L1))
        return {};
    const auto was = RowSketch::fromBase64(textOf(expected, "sketch"_L1).toLatin1()).value_or(RowSketch());
    const auto is = RowSketch::fromBase64(textOf(found, "sketch"_L1).toLatin1()).value_or(RowSketch());
    const RowSketch::Difference difference = was.compare(is);
    if (!difference.exact) {
        const qint64 atLeast = std::max((difference.missing + difference.extra + 1) / 2, std::abs(before - now));
        const QString changed = u"at least "_s + rows(std::min(atLeast, std::max(before, now)), before, u"differs"_s, u"differ"_s);
        return before == now ? QStringList{changed} : QStringList{changed, u"there are %1 rows"_s.arg(now)};
    }
    QStringList findings;
    const qint64 changed = std::min(difference.missing, difference.extra);
    if (changed > 0)
        findings << rows(changed, before, u"differs"_s, u"differ"_s);
    if (difference.missing > changed)
        findings << rows(difference.missing - changed, before, u"is missing"_s, u"are missing"_s);
    if (difference.extra > changed)
        findings << additional(difference.extra - changed);
    if (findings.isEmpty())
        findings << u"its rows differ"_s; // only a sketch that is not the rows' own says otherwise
    return findings;
}

Findings compareSql(const QJsonObject& expected, const QJsonObject& found)
{
    Findings findings;
    if (textOf(expected, "kind"_L1) == "table"_L1) {
        findings.problems = rowFindings(expected, found);
        if (differ(expected, found, "schemaSha256"_L1))
            findings.problems << u"its definition differs"_s;
        return findings;
    }
    if (differ(expected, found, "value"_L1))
        findings.problems << u"stands at %1 instead of %2"_s.arg(textOf(found, "value"_L1), textOf(expected, "value"_L1));
    if (differ(expected, found, "sha256"_L1))
        findings.problems << u"differs"_s;
    return findings;
}

Findings compareFiles(const QJsonObject& expected, const QJsonObject& found)
{
    Findings findings;
    const QString was = textOf(expected, "kind"_L1);
    const QString is = textOf(found, "kind"_L1);
    const auto holdsData = [](const QString& kind) { return kind == "file"_L1 || kind == "hardlink"_L1; };
    if (was != is && !(holdsData(was) && holdsData(is))) {
        findings.problems << u"is a %1 instead of a %2"_s.arg(is, was);
        return findings;
    }
    if (differ(expected, found, "size"_L1))
        findings.problems << u"has %1 bytes instead of %2"_s.arg(found.value("size"_L1).toInteger())
                                 .arg(expected.value("size"_L1).toInteger());
    else if (differ(expected, found, "sha256"_L1))
        findings.problems << u"its content differs"_s;
    if (was == "symlink"_L1 && (differ(expected, found, "target"_L1) || differ(expected, found, "targetBase64"_L1)))
        findings.problems << u"leads to %1 instead of %2"_s.arg(textOf(found, "target"_L1), textOf(expected, "target"_L1));
    if (was != is)
        findings.warnings << u"is a %1 instead of a %2"_s.arg(is, was);
    if (differ(expected, found, "mode"_L1) && was != "symlink"_L1)
        findings.warnings << u"has mode %1 instead of %2"_s.arg(found.value("mode"_L1).toInteger(), 0, 8)
                                 .arg(expected.value("mode"_L1).toInteger(), 0, 8);
    if (differ(expected, found, "mtime"_L1) && was != "symlink"_L1)
        findings.warnings << u"has another modification time"_s;
    return findings;
}

QSet<QString> openFields(const QJsonObject& entry)
{
    QSet<QString> paths;
    for (const QJsonValue path : entry.value("open"_L1).toArray())
        paths.insert(path.toString());
    return paths;
}

// The lock of an operator's leader: all of it is open, and it need not be there.
bool isOpen(const QJsonObject& entry)
{
    const QStringList fields = entry.value("fields"_L1).toObject().keys();
    const QSet<QString> open = openFields(entry);
    return !fields.isEmpty() && std::all_of(fields.begin(), fields.end(), [&open](const QString& path) { return open.contains(path); });
}

Findings compareObjects(const QJsonObject& expected, const QJsonObject& found)
{
    Findings findings;
    const QJsonObject before = expected.value("fields"_L1).toObject();
    const QJsonObject now = found.value("fields"_L1).toObject();
    const QSet<QString> openBefore = openFields(expected), openNow = openFields(found);
    bool differsOpenly = false;
    const auto note = [&](const QString& path, const QString& what) {
        if ((openBefore.contains(path) || !before.contains(path)) && (openNow.contains(path) || !now.contains(path))) {
            differsOpenly = true;
            return;
        }
        // An owner is set by the operator when it adopts the object, and cleared before a restore.
        const bool owner = path.startsWith("metadata.ownerReferences"_L1);
        (owner ? findings.warnings : findings.problems) << path + u' ' + what;
    };
    for (auto it = before.begin(); it != before.end(); ++it) {
        const QJsonValue other = now.value(it.key());
        if (other.isUndefined())
            note(it.key(), u"is missing"_s);
        else if (other != it.value())
            note(it.key(), u"differs"_s);
    }
    for (auto it = now.begin(); it != now.end(); ++it)
        if (!before.contains(it.key()))
            note(it.key(), u"is additional"_s);
    if (findings.problems.isEmpty() && findings.warnings.isEmpty() && !differsOpenly && differ(expected, found, "sha256"_L1))
        findings.problems << u"differs"_s;
    return findings;
}

QString identity(const QString& format, const QJsonObject& entry)
{
    if (format == "tar"_L1)
        return entry.contains("pathBase64"_L1) ? u"base64 "_s + textOf(entry, "pathBase64"_L1) : u"text "_s + textOf(entry, "path"_L1);
    return QStringList{textOf(entry, "kind"_L1), textOf(entry, "group"_L1), textOf(entry, "name"_L1)}.join(u'\n');
}

QString label(const QString& format, const QJsonObject& entry)
{
    return textOf(entry, "kind"_L1) + u' ' + textOf(entry, format == "tar"_L1 ? "path"_L1 : "name"_L1);
}

QMap<QString, QJsonObject> entriesOf(const QString& format, const QJsonObject& index)
{
    QMap<QString, QJsonObject> entries;
    for (const QJsonValue value : index.value("entries"_L1).toArray()) {
        const QJsonObject entry = value.toObject();
        if (textOf(entry, "kind"_L1) != "prefix"_L1) // Redis keys are compared by RdbKeys
            entries.insert(identity(format, entry), entry);
    }
    return entries;
}

void addFindings(QList<Difference>& list, const QString& entry, const Findings& findings)
{
    if (!findings.problems.isEmpty())
        list.append({entry, findings.problems.join(u", "_s), false});
    if (!findings.warnings.isEmpty())
        list.append({entry, findings.warnings.join(u", "_s), true});
}
} // namespace

QList<Difference> differences(const QJsonObject& expected, const QJsonObject& found, qint64 atMilliseconds)
{
    const QString format = textOf(expected, "format"_L1);
    if (format.isEmpty() || format != textOf(found, "format"_L1) || !expected.value("entries"_L1).isArray() ||
        !found.value("entries"_L1).isArray())
        return {{u"index"_s, u"cannot be compared: the two are not indexes of the same format"_s, false}};

    QList<Difference> list;
    if (format == "rdb"_L1) {
        auto before = RdbKeys::fromJson(expected);
        auto now = RdbKeys::fromJson(found);
        if (!before || !now)
            return {{u"index"_s, u"cannot be compared: it is damaged"_s, false}};
        list = RdbKeys::differences(std::move(*before), std::move(*now), atMilliseconds);
    }
    const auto before = entriesOf(format, expected);
    const auto now = entriesOf(format, found);
    for (auto it = before.cbegin(); it != before.cend(); ++it) {
        const QJsonObject& entry = it.value();
        const bool lenient = isLenient(textOf(entry, "kind"_L1));
        const auto other = now.constFind(it.key());
        if (other == now.cend() && format == "json"_L1 && isOpen(entry))
            continue;
        if (other == now.cend())
            list.append({label(format, entry), u"is missing"_s, lenient});
        else if (format == "tar"_L1)
            addFindings(list, label(format, entry), compareFiles(entry, *other));
        else if (format == "json"_L1)
            addFindings(list, label(format, entry), compareObjects(entry, *other));
        else {
            Findings findings = compareSql(entry, *other);
            if (lenient)
                findings.problems.swap(findings.warnings);
            addFindings(list, label(format, entry), findings);
        }
    }
    for (auto it = now.cbegin(); it != now.cend(); ++it)
        if (!before.contains(it.key()))
            list.append({label(format, it.value()), u"is additional"_s, isLenient(textOf(it.value(), "kind"_L1))});
    return list;
}

} // namespace scalekeep::index
