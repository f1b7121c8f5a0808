#include "engine/record/change.h"

#include "engine/base/files.h"
#include "engine/base/user.h"
#include "engine/run/facts.h"
#include "engine/run/session.h"

#include <QDir>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QSysInfo>

#include <algorithm>
#include <array>

namespace scalekeep::record {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr qsizetype longestText = 8'000;
constexpr qint64 largestFile = 1024 * 1024;
constexpr qsizetype mostEntries = 100;

constexpr std::array fields{
    ChangeField{"number", "Change number", "The number of the change request, such as CHG0041877.", false},
    ChangeField{"short_description", "Short description", "What is changed, in one line.", false},
    ChangeField{"requested_by", "Requested by", "Who asked for the change.", false},
    ChangeField{"approvals", "Approved by", "Who approved it, and when.", false},
    ChangeField{"justification", "Justification", "Why the change is needed.", true},
    ChangeField{"risk_impact_analysis", "Risk and impact", "What it may break, who notices it, and for how long.", true},
    ChangeField{"implementation_plan", "Implementation", "What is done, and in which order.", true},
    ChangeField{"backout_plan", "Back-out", "How it is taken back if it goes wrong.", true},
    ChangeField{"test_plan", "Test plan", "How it is found out that it worked.", true},
    ChangeField{"cmdb_ci", "Configuration item", "The item in the configuration database.", false},
    ChangeField{"close_code", "Close code", "Successful, successful with issues, or unsuccessful.", false},
    ChangeField{"close_notes", "Close notes", "What there is to say about the outcome.", true},
};

QString changePath(const QString& home, const QString& runId)
{
    return QFileInfo(run::Session::journalPath(home, runId)).absolutePath() + u"/change.json"_s;
}

Result<void> checked(const QString& name, const QString& text)
{
    const ChangeField* field = changeField(name);
    if (!field)
        return fail(ErrorCode::BadInput, u"A change has no field “%1”."_s.arg(name.left(80)), u"Its fields are: %1."_s.arg([] {
            QStringList names;
            for (const ChangeField& each : fields)
                names.append(QLatin1String(each.name));
            return names.join(u", "_s);
        }()));
    if (text.size() > longestText)
        return fail(ErrorCode::BadInput, u"The change's field %1 is longer than %2 characters."_s.arg(name).arg(longestText));
    const bool clean = std::all_of(text.begin(), text.end(), [](QChar c) { return (c.isPrint() || c.isSurrogate() || c == u'\n' || c == u'\t') && c != QChar::ReplacementCharacter; });
    if (!clean || !text.isValidUtf16())
        return fail(ErrorCode::BadInput, u"The change's field %1 holds control characters."_s.arg(name));
    return {};
}
} // namespace

std::span<const ChangeField> changeFields()
{
    return fields;
}

const ChangeField* changeField(const QString& name)
{
    const auto found = std::find_if(fields.begin(), fields.end(), [&name](const ChangeField& each) { return name == QLatin1String(each.name); });
    return found == fields.end() ? nullptr : &*found;
}

QJsonObject toJson(const Change& change)
{
    QJsonObject json;
    for (auto field = change.begin(); field != change.end(); ++field)
        json.insert(field.key(), field.value());
    return json;
}

Result<Change> changeFromJson(const QJsonObject& json)
{
    Change change;
    for (auto field = json.begin(); field != json.end(); ++field) {
        if (!field.value().isString())
            return fail(ErrorCode::BadInput, u"The change's field %1 is no text."_s.arg(field.key().left(80)));
        QString text = field.value().toString().trimmed();
        text.replace(u"\r\n"_s, u"\n"_s);
        if (const auto valid = checked(field.key(), text); !valid)
            return fail(valid.error());
        if (!text.isEmpty())
            change.insert(field.key(), text);
    }
    return change;
}

Result<Change> readChange(const QString& path)
{
    const auto content = readFile(path, largestFile);
    if (!content)
        return fail(content.error());
    QJsonParseError parsing{};
    const QJsonDocument document = QJsonDocument::fromJson(*content, &parsing);
    if (!document.isObject())
        return fail(ErrorCode::BadInput, u"“%1” does not hold the fields of a change as one JSON object."_s.arg(path), {}, parsing.error == QJsonParseError::NoError ? QString{} : parsing.errorString());
    return changeFromJson(document.object());
}

QJsonObject toJson(const Afterwards& entry)
{
    return {{u"field"_s, entry.field}, {u"text"_s, entry.text}, {u"at"_s, entry.at.toString(Qt::ISODate)}, {u"by"_s, entry.by}};
}

Result<QList<Afterwards>> afterwardsFromJson(const QJsonArray& json)
{
    if (json.size() > mostEntries)
        return fail(ErrorCode::BadInput, u"The change has more fields than there are."_s);
    QList<Afterwards> entries;
    for (const QJsonValue& value : json) {
        Afterwards entry{.field = value[u"field"].toString(), .text = value[u"text"].toString(), .at = QDateTime::fromString(value[u"at"].toString(), Qt::ISODate), .by = value[u"by"].toString()};
        if (const auto valid = checked(entry.field, entry.text); !valid)
            return fail(valid.error());
        if (!entry.at.isValid() || entry.by.size() > 300 || entry.text.isEmpty())
            return fail(ErrorCode::BadInput, u"It is not said when and by whom the change's field %1 was entered."_s.arg(entry.field));
        entry.at = entry.at.toUTC();
        entries.append(entry);
    }
    return entries;
}

Result<QList<Afterwards>> readAfterwards(const QString& home, const QString& runId)
{
    if (const auto known = run::knownRun(home, runId); !known)
        return fail(known.error());
    const QString path = changePath(home, runId);
    if (!QFileInfo::exists(path))
        return QList<Afterwards>();
    const auto content = readFile(path, largestFile);
    if (!content)
        return fail(content.error());
    const QJsonObject json = QJsonDocument::fromJson(*content).object();
    if (json[u"schema"].toString() != u"scalekeep-change" || json[u"version"].toInt() != 1)
        return fail(ErrorCode::BadInput, u"“%1” is not what Scalekeep wrote there."_s.arg(path), u"Move it away to export the record without what was entered afterwards."_s);
    return afterwardsFromJson(json[u"entries"].toArray());
}

Result<QList<Afterwards>> withEntered(QList<Afterwards> entries, const QMap<QString, QString>& entered)
{
    const QString by = u"%1 on %2"_s.arg(localUser(), QSysInfo::machineHostName());
    for (auto field = entered.begin(); field != entered.end(); ++field) {
        const QString text = field.value().trimmed();
        if (const auto valid = checked(field.key(), text); !valid)
            return fail(valid.error());
        const auto known = std::find_if(entries.begin(), entries.end(), [&field](const Afterwards& each) { return each.field == field.key(); });
        if (known != entries.end() && known->text == text)
            continue;
        if (known != entries.end())
            entries.erase(known);
        if (!text.isEmpty())
            entries.append({.field = field.key(), .text = text, .at = QDateTime::currentDateTimeUtc(), .by = by});
    }
    return entries;
}

Result<void> enterAfterwards(const QString& home, const QString& runId, const QMap<QString, QString>& entered)
{
    const auto before = readAfterwards(home, runId);
    if (!before)
        return fail(before.error());
    const auto entries = withEntered(*before, entered);
    if (!entries)
        return fail(entries.error());
    if (*entries == *before)
        return {};
    QJsonArray list;
    for (const Afterwards& entry : *entries)
        list.append(toJson(entry));
    return writePrivateFile(changePath(home, runId), QJsonDocument(QJsonObject{{u"schema"_s, u"scalekeep-change"_s}, {u"version"_s, 1}, {u"entries"_s, list}}).toJson());
}

} // namespace scalekeep::record
