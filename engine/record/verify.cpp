#include "engine/record/verify.h"

#include "engine/base/digest.h"
#include "engine/record/signature.h"
#include "engine/record/timestamp.h"

#include <QJsonArray>
#include <QJsonDocument>

#include <algorithm>

namespace scalekeep::record {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr qsizetype mostDifferences = 20;
constexpr qint64 largestJournal = 256LL * 1024 * 1024;

QString shown(const QJsonValue& value)
{
    if (value.isString())
        return u"“%1”"_s.arg(value.toString().simplified().left(80));
    if (value.isObject() || value.isArray())
        return value.isArray() ? u"%1 entries"_s.arg(value.toArray().size()) : u"an entry"_s;
    return value.isUndefined() ? u"missing"_s : QString::fromUtf8(QJsonDocument(QJsonArray{value}).toJson(QJsonDocument::Compact)).mid(1).chopped(1);
}

/// Where `stored` is not what comes out of the journal.
void compare(const QJsonValue& stored, const QJsonValue& made, const QString& path, QStringList& differences)
{
    if (stored == made || differences.size() >= mostDifferences)
        return;
    if (stored.isObject() && made.isObject()) {
        const QJsonObject left = stored.toObject(), right = made.toObject();
        QStringList keys = left.keys() + right.keys();
        keys.sort();
        keys.removeDuplicates();
        for (const QString& key : std::as_const(keys))
            compare(left[key], right[key], path.isEmpty() ? key.left(80) : path + u'.' + key.left(80), differences);
        return;
    }
    if (stored.isArray() && made.isArray()) {
        const QJsonArray left = stored.toArray(), right = made.toArray();
        // One of another length would make every entry behind the change a difference.
        if (left.size() != right.size()) {
            qsizetype same = 0;
            while (same < std::min(left.size(), right.size()) && left[same] == right[same])
                ++same;
            differences.append(u"%1 has %2 entries, the journal gives %3: entry %4 was %5"_s.arg(path).arg(left.size()).arg(right.size()).arg(same + 1).arg(left.size() < right.size() ? u"removed"_s : u"inserted"_s));
            return;
        }
        for (qsizetype index = 0; index < left.size(); ++index)
            compare(left[index], right[index], u"%1[%2]"_s.arg(path).arg(index + 1), differences);
        return;
    }
    differences.append(u"%1 is %2, the journal gives %3"_s.arg(path, shown(stored), shown(made)));
}

void addDifferences(Verification& made, const QStringList& differences)
{
    for (const QString& difference : differences)
        made.findings.append({Finding::State::Fails, u"The record was edited: %1."_s.arg(difference)});
}

void addJournal(Verification& made, const RawFile& file, const QString& path)
{
    const auto lines = run::journalLines(path, largestJournal);
    if (!lines) {
        made.findings.append({Finding::State::Fails, u"The journal cannot be read: %1"_s.arg(lines.error().message)});
        return;
    }
    const auto runOf = [](const QList<QByteArray>& list) { return QJsonDocument::fromJson(list.value(0)).object()[u"data"][u"runId"].toString(); };
    if (runOf(*lines) != runOf(file.lines)) {
        made.findings.append({Finding::State::Fails, u"The record does not belong to “%1”: that is the journal of run “%2”."_s.arg(path, runOf(*lines).left(80))});
        return;
    }
    if (const QString problem = chainProblem(*lines); !problem.isEmpty())
        made.findings.append({Finding::State::Fails, u"The journal “%1” was changed: %2."_s.arg(path, problem)});
    if (const QString problem = lineProblem(file.lines, *lines); !problem.isEmpty()) {
        made.findings.append({Finding::State::Fails, u"The record does not belong to the journal “%1” as it is: %2."_s.arg(path, problem)});
        return;
    }
    made.findings.append({Finding::State::Holds, u"The record belongs to the journal “%1”."_s.arg(path)});
    if (lines->size() > file.lines.size())
        made.findings.append({Finding::State::Note, u"The run went on after this record was made (%1 more lines): export it again."_s.arg(lines->size() - file.lines.size())});
}
} // namespace

bool Verification::holds() const
{
    return std::none_of(findings.begin(), findings.end(), [](const Finding& each) { return each.state == Finding::State::Fails; });
}

QString chainProblem(const QList<QByteArray>& lines)
{
    QByteArray previous(64, '0');
    for (qsizetype index = 0; index < lines.size(); ++index) {
        const QJsonDocument document = QJsonDocument::fromJson(lines[index]);
        const QJsonObject line = document.object();
        const qint64 number = line[u"number"].toInteger(-1);
        if (!document.isObject() || number < 0)
            return u"line %1 is none of a journal"_s.arg(index + 1);
        if (number > index)
            return number == index + 1 ? u"line %1 was removed"_s.arg(index + 1) : u"lines %1 to %2 were removed or moved"_s.arg(index + 1).arg(number);
        if (number < index)
            return u"line %1 was inserted or moved"_s.arg(index + 1);
        if (line[u"prev"].toString().toLatin1() != previous)
            return index == 0 ? u"line 1 is not the first of a journal"_s : u"line %1 was edited: line %2 holds another digest of it"_s.arg(index).arg(index + 1);
        previous = Sha256::of(lines[index]);
    }
    return {};
}

QString lineProblem(const QList<QByteArray>& wanted, const QList<QByteArray>& found)
{
    qsizetype same = 0;
    while (same < wanted.size() && same < found.size() && wanted[same] == found[same])
        ++same;
    if (same == wanted.size())
        return {};
    if (same == found.size())
        return u"its lines from %1 on were removed"_s.arg(same + 1);
    if (found.size() > same + 1 && found[same + 1] == wanted[same])
        return found[same] == wanted.value(same + 1) ? u"line %1 was moved"_s.arg(same + 1) : u"line %1 was inserted"_s.arg(same + 1);
    if (found[same] == wanted.value(same + 1))
        return u"line %1 was removed"_s.arg(same + 1);
    return wanted.contains(found[same]) ? u"line %1 was moved"_s.arg(same + 1) : u"line %1 was edited"_s.arg(same + 1);
}

Result<Verification> verify(const QByteArray& content, const Against& against, const std::stop_token& stop)
{
    const auto read = readRecordFile(content);
    if (!read)
        return fail(read.error());
    const RawFile& file = *read;
    Verification made;
    made.runId = file.record[u"runId"].toString().left(200);
    made.lines = file.lines.size();
    made.seal = file.seal;
    const auto holds = [&made](const QString& text) { made.findings.append({Finding::State::Holds, text}); };
    const auto fails = [&made](const QString& text) { made.findings.append({Finding::State::Fails, text}); };
    const auto note = [&made](const QString& text) { made.findings.append({Finding::State::Note, text}); };

    if (!file.asWritten)
        fails(u"The file is not as Scalekeep wrote it: it was edited, or written anew by another program."_s);
    if (file.sealNow == file.seal)
        holds(u"The seal fits what it seals."_s);
    else
        fails(u"The seal does not fit: something in the record or in its journal was changed."_s);

    if (const QString problem = chainProblem(file.lines); !problem.isEmpty()) {
        fails(u"The journal in the record was changed: %1."_s.arg(problem));
    } else {
        made.head = file.lines.isEmpty() ? QByteArray() : Sha256::of(file.lines.last());
        if (file.record[u"lines"].toInteger(-1) != file.lines.size())
            fails(u"The record tells of %1 lines, its journal has %2: lines were removed or added at the end."_s.arg(file.record[u"lines"].toInteger(-1)).arg(file.lines.size()));
        else if (file.record[u"head"].toString().toLatin1() != made.head)
            fails(u"The last line of the journal was edited, or the whole chain was made anew: the chain head is another one."_s);
        else
            holds(u"The journal in the record has %1 lines in an unbroken chain that ends in its head."_s.arg(file.lines.size()));
        const auto again = makeRecord(file.lines, file.afterwards, file.searched);
        if (!again) {
            fails(u"Nothing can be made of the journal in the record: %1"_s.arg(again.error().message));
        } else {
            made.change = again->text(u"number"_s).left(80);
            QStringList differences;
            compare(file.record, toJson(*again), {}, differences);
            if (differences.isEmpty())
                holds(u"Every value of the record comes out of its journal again, but for %1."_s.arg(file.afterwards.isEmpty() ? u"the list of searched bundles"_s : u"what was entered afterwards and the list of searched bundles"_s));
            addDifferences(made, differences);
        }
    }

    bool vouched = false, stamped = false, isSigned = false;
    const QByteArray message = sealMessage(file.sealNow);
    if (file.signature) {
        const auto checked = checkSignature(message, *file.signature, against.allowedSigners, against.minisignKey, stop);
        if (!checked) {
            fails(u"The signature cannot be checked: %1"_s.arg(checked.error().message));
        } else {
            made.findings.append(checked->findings);
            isSigned = checked->good;
            vouched = checked->vouched;
        }
    } else if (!against.allowedSigners.isEmpty() || !against.minisignKey.isEmpty()) {
        fails(u"The record has no signature."_s);
    }
    if (file.stamp) {
        const StampCheck checked = checkStamp(message, file.stamp->response, against.stampAuthority);
        made.findings.append(checked.findings);
        stamped = checked.trusted;
    } else if (!against.stampAuthority.isEmpty()) {
        fails(u"The record has no time stamp."_s);
    }
    if (!against.journal.isEmpty())
        addJournal(made, file, against.journal);
    else
        note(u"The run's own journal was not looked at; name it with --journal."_s);

    if (!made.holds())
        made.worth = u"This record proves nothing as it is."_s;
    else if (vouched && stamped)
        made.worth = u"A known signer vouched for exactly this record, and it existed at the time of the stamp."_s;
    else if (vouched)
        made.worth = u"A known signer vouched for exactly this record; when is not proven."_s;
    else if (stamped)
        made.worth = u"Exactly this record existed at the time of the stamp; who made it is not proven."_s;
    else if (isSigned)
        made.worth = u"Whoever holds the key vouched for exactly this record; whose key it is has to be known from elsewhere."_s;
    else
        made.worth = u"The record fits together, but whoever can write files could have made all of it anew. Compare the chain head with a copy that was kept elsewhere, such as in the change itself: %1"_s.arg(QString::fromLatin1(made.head));
    return made;
}

} // namespace scalekeep::record
