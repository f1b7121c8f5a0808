#include "app/cli/runprinter.h"

#include <QJsonArray>
#include <QLocale>

namespace scalekeep::cli {

using namespace Qt::Literals::StringLiterals;
using restore::Change;

namespace {
QString number(const std::optional<qint64>& value, bool isApproximate = false)
{
    return value ? (isApproximate ? u"≈"_s : QString{}) + QLocale::c().toString(*value) : u"?"_s;
}

QString unitOf(Change::Kind kind)
{
    switch (kind) {
    case Change::Kind::Database:
    case Change::Kind::Table:
        return u"rows"_s;
    case Change::Kind::Keys:
    case Change::Kind::Prefix:
        return u"keys"_s;
    case Change::Kind::Files:
        return u"files"_s;
    case Change::Kind::File:
        return u"bytes"_s;
    case Change::Kind::Objects:
        return u"objects"_s;
    case Change::Kind::Writers:
    case Change::Kind::Workload:
        return u"pods"_s;
    case Change::Kind::Object:
    case Change::Kind::Field:
        break;
    }
    return {};
}

/// Control characters of names must not reach a terminal.
QString safe(QString text)
{
    for (QChar& letter : text) {
        if (letter.category() == QChar::Other_Control || letter.category() == QChar::Other_Format)
            letter = letter == u'\n' ? QChar(u'⏎') : QChar(u'?');
    }
    return text;
}

QString lineOf(const Change& change)
{
    const QString name = safe(change.name.isEmpty() ? u"(other keys)"_s : change.name);
    if (change.kind == Change::Kind::Field) {
        const QString values = change.was.isEmpty() && change.will.isEmpty() ? change.note : u"%1 -> %2"_s.arg(change.was.isEmpty() ? u"(none)"_s : safe(change.was), change.will.isEmpty() ? u"(none)"_s : safe(change.will));
        return u"%1: %2"_s.arg(name, values);
    }
    const QString fate = restore::fateName(change.fate);
    if (change.kind == Change::Kind::Object)
        return u"%1: %2%3"_s.arg(name, fate, change.note.isEmpty() ? QString{} : u" ("_s + change.note + u')');
    QString text = u"%1: %2 -> %3 %4, %5"_s.arg(name, number(change.now, change.isApproximate), number(change.afterwards), unitOf(change.kind), fate);
    if (change.kind == Change::Kind::Writers || change.kind == Change::Kind::Workload)
        text = u"%1: %2 -> 0 -> %3 pods"_s.arg(name, number(change.now), number(change.afterwards));
    if (change.kind == Change::Kind::Files && change.unreadable.isEmpty())
        text += u" (%1 added, %2 changed, %3 removed)"_s.arg(change.added).arg(change.changed).arg(change.removed);
    if (change.kind == Change::Kind::Objects && change.unreadable.isEmpty())
        text += u" (%1 created, %2 replaced)"_s.arg(change.added).arg(change.changed);
    if (!change.unreadable.isEmpty())
        text += u"; unreadable now: "_s + change.unreadable;
    return text;
}

void print(Console& console, const Change& change, const QStringList& path, bool all)
{
    if (console.json()) {
        QJsonObject json = restore::toJson(change);
        json[u"path"] = QJsonArray::fromStringList(path + QStringList{change.name});
        console.object({{u"type"_s, u"change"_s}, {u"change"_s, json}});
    } else {
        console.line(QString(2 + 4 * path.size(), u' ') + lineOf(change));
    }
    if (!all)
        return;
    for (const Change& child : change.children)
        print(console, child, path + QStringList{change.name}, all);
    if (change.left > 0)
        console.line(QString(6 + 4 * path.size(), u' ') + u"and %1 more"_s.arg(change.left));
}
} // namespace

void printChanges(Console& console, const QList<Change>& changes, bool all)
{
    console.line(all ? u"\nWhat will change (now -> afterwards)"_s : u"\nWhat will change (now -> afterwards; --all shows every entry)"_s);
    for (const Change& change : changes)
        print(console, change, {}, all);
    console.line();
}

} // namespace scalekeep::cli
