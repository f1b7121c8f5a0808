#include "engine/run/journal.h"

#include "engine/base/digest.h"
#include "engine/base/files.h"
#include "engine/run/facts.h"

#include <QJsonDocument>

#include <algorithm>

namespace scalekeep::run {

using namespace Qt::Literals::StringLiterals;

namespace {
// A line holds one event; the plan is the longest. More than this is no journal of ours.
constexpr qint64 longestLine = 16 * 1024 * 1024;
constexpr qint64 longestJournal = 1024LL * 1024 * 1024;
const QByteArray chainStart(64, '0');

Error tooLong(qint64 number)
{
    return {ErrorCode::Damaged, u"Line %1 of the journal is longer than any that Scalekeep writes."_s.arg(number + 1), {}, {}};
}

/// QFile::readLine() makes room for the longest line at once, for every line.
QByteArray nextLine(QFile& file)
{
    constexpr qint64 piece = 64 * 1024;
    QByteArray line;
    while (line.size() < longestLine && !line.endsWith('\n')) {
        const QByteArray more = file.readLine(std::min(piece, longestLine - line.size()));
        if (more.isEmpty())
            break;
        line += more;
    }
    return line;
}

Result<Event> parse(const QByteArray& line, const QByteArray& expectedPrevious, qint64 expectedNumber)
{
    QJsonParseError parsing{};
    const QJsonObject json = QJsonDocument::fromJson(line, &parsing).object();
    if (parsing.error != QJsonParseError::NoError)
        return fail(ErrorCode::Damaged, u"Line %1 of the journal is not JSON."_s.arg(expectedNumber + 1));
    if (json[u"prev"].toString().toLatin1() != expectedPrevious || json[u"number"].toInteger(-1) != expectedNumber)
        return fail(ErrorCode::Damaged, u"Line %1 of the journal does not follow from the line before it: a line was edited, removed or moved."_s.arg(expectedNumber + 1));
    return Event{.number = expectedNumber,
                 .time = QDateTime::fromString(json[u"time"].toString(), Qt::ISODateWithMs),
                 .type = json[u"type"].toString(),
                 .step = json[u"step"].toString(),
                 .data = json[u"data"].toObject()};
}
} // namespace

QJsonObject toJson(const Event& event)
{
    return {{u"number"_s, event.number},
            {u"time"_s, event.time.toString(Qt::ISODateWithMs)},
            {u"type"_s, event.type},
            {u"step"_s, event.step},
            {u"data"_s, event.data}};
}

Journal::Journal(const QString& path) : m_file(path), m_head(chainStart) {}
Journal::~Journal() = default;

Result<std::unique_ptr<Journal>> Journal::create(const QString& path)
{
    std::unique_ptr<Journal> journal(new Journal(path));
    // Unbuffered: bytes that a full disk refused must not be written by a later, luckier line.
    if (!journal->m_file.open(QIODevice::WriteOnly | QIODevice::NewOnly | QIODevice::Unbuffered, QFile::ReadOwner | QFile::WriteOwner))
        return fail(fileError(u"create the journal"_s, journal->m_file));
    if (const auto synced = syncDirectoryOf(path); !synced)
        return fail(synced.error());
    return journal;
}

Result<std::unique_ptr<Journal>> Journal::reopen(const QString& path, bool* repaired)
{
    std::unique_ptr<Journal> journal(new Journal(path));
    QFile file(path);
    if (!file.open(QIODevice::ReadWrite | QIODevice::ExistingOnly))
        return fail(fileError(u"open the journal"_s, file));
    if (file.size() > longestJournal)
        return fail(ErrorCode::BadInput, u"“%1” is too large for a journal."_s.arg(path));
    if (repaired)
        *repaired = false;
    while (!file.atEnd()) {
        const qint64 start = file.pos();
        QByteArray line = nextLine(file);
        if (!line.endsWith('\n')) {
            if (!file.atEnd())
                return fail(tooLong(journal->m_number));
            // The program died while it wrote this line: what it announces had not begun, so it goes.
            if (!file.resize(start))
                return fail(fileError(u"repair the journal"_s, file));
            if (repaired)
                *repaired = true;
            break;
        }
        line.chop(1);
        const auto event = parse(line, journal->m_head, journal->m_number);
        if (!event)
            return fail(event.error());
        journal->m_head = Sha256::of(line);
        ++journal->m_number;
    }
    file.close();
    if (!journal->m_file.open(QIODevice::WriteOnly | QIODevice::ExistingOnly | QIODevice::Append | QIODevice::Unbuffered))
        return fail(fileError(u"open the journal"_s, journal->m_file));
    return journal;
}

Result<void> Journal::append(Event event, bool sync)
{
    const std::lock_guard lock(m_mutex);
    event.number = m_number;
    event.time = QDateTime::currentDateTimeUtc();
    QJsonObject json = toJson(event);
    json[u"prev"] = QString::fromLatin1(m_head);
    const QByteArray line = QJsonDocument(json).toJson(QJsonDocument::Compact);
    const qint64 end = m_file.size();
    if (m_file.write(line + '\n') != line.size() + 1) {
        const Error error = fileError(u"write the journal"_s, m_file);
        // Half a line would break the chain for the lines of the undo, should there be room for them again.
        if (m_file.resize(end))
            m_file.seek(end);
        return fail(error);
    }
    m_head = Sha256::of(line);
    ++m_number;
    return sync ? syncFile(m_file) : Result<void>{};
}

QByteArray Journal::head() const
{
    const std::lock_guard lock(m_mutex);
    return m_head;
}

QString Journal::path() const
{
    return m_file.fileName();
}

Result<QList<QByteArray>> journalLines(const QString& path, qint64 limit)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return fail(fileError(u"read the journal"_s, file));
    if (file.size() > limit)
        return fail(ErrorCode::BadInput, u"“%1” is larger than the %2 MiB that are read of a journal here."_s.arg(path).arg(limit / 1048576));
    QList<QByteArray> lines;
    while (!file.atEnd()) {
        QByteArray line = nextLine(file);
        if (!line.endsWith('\n')) {
            if (!file.atEnd())
                return fail(tooLong(lines.size()));
            break; // cut off by a crash: not begun
        }
        line.chop(1);
        lines.append(std::move(line));
    }
    return lines;
}

Result<QList<Event>> journalEvents(const QList<QByteArray>& lines, QByteArray* head)
{
    QList<Event> events;
    QByteArray previous = chainStart;
    for (const QByteArray& line : lines) {
        auto event = parse(line, previous, events.size());
        if (!event)
            return fail(event.error());
        events.append(std::move(*event));
        previous = Sha256::of(line);
    }
    if (head)
        *head = previous;
    return events;
}

Result<QList<Event>> Journal::read(const QString& path, QByteArray* head)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return fail(fileError(u"read the journal"_s, file));
    if (file.size() > longestJournal)
        return fail(ErrorCode::BadInput, u"“%1” is too large for a journal."_s.arg(path));
    QList<Event> events;
    QByteArray previous = chainStart;
    while (!file.atEnd()) {
        QByteArray line = nextLine(file);
        if (!line.endsWith('\n')) {
            if (!file.atEnd())
                return fail(tooLong(events.size()));
            break; // cut off by a crash: not begun
        }
        line.chop(1);
        auto event = parse(line, previous, events.size());
        if (!event)
            return fail(event.error());
        events.append(std::move(*event));
        previous = Sha256::of(line);
    }
    if (head)
        *head = previous;
    return events;
}

} // namespace scalekeep::run
