#include "engine/base/files.h"
#include "engine/run/past.h"
#include "engine/run/session.h"

#include <QDir>
#include <QFileInfo>
#include <QLockFile>
#include <QRegularExpression>

#include <algorithm>
#include <vector>

namespace scalekeep::run {

using namespace Qt::Literals::StringLiterals;

namespace {
// As Session::run() names them; nothing that could lead out of the folder of runs.
const QRegularExpression runIdForm(u"\\A\\d{8}T\\d{6}Z-[0-9a-f]{1,16}\\z"_s);
const QStringList endings{{}, u".partial"_s, u".cut"_s};

/// What a half-made import leaves is removed again.
struct Staging {
    QString path;
    ~Staging()
    {
        if (!path.isEmpty())
            QDir(path).removeRecursively();
    }
};

Result<void> copyPrivate(const QString& from, const QString& to, const std::stop_token& stop)
{
    QFile source(from), target(to);
    if (!QFileInfo(from).isFile() || !source.open(QIODevice::ReadOnly))
        return fail(fileError(u"read"_s, source));
    if (!target.open(QIODevice::WriteOnly | QIODevice::NewOnly, QFile::ReadOwner | QFile::WriteOwner))
        return fail(fileError(u"write"_s, target));
    std::vector<char> buffer(1024 * 1024);
    while (true) {
        if (stop.stop_requested())
            return fail(ErrorCode::Cancelled, u"The import was cancelled."_s, u"Nothing was imported."_s);
        const qint64 count = source.read(buffer.data(), static_cast<qint64>(buffer.size()));
        if (count < 0)
            return fail(fileError(u"read"_s, source));
        if (count == 0)
            break;
        if (target.write(buffer.data(), count) != count)
            return fail(fileError(u"write"_s, target));
    }
    return syncFile(target);
}

/// What imports left whose process was killed: copies of bundles, which hold secrets. With the lock of imports held, nobody works in there.
void removeLeftovers(const QString& home)
{
    static const QRegularExpression ours(u"\\Aimport-[0-9a-f]{8}\\z"_s);
    for (const QString& name : QDir(home).entryList({u"import-*"_s}, QDir::Dirs | QDir::NoSymLinks)) {
        if (ours.match(name).hasMatch())
            QDir(home + u'/' + name).removeRecursively();
    }
}
} // namespace

QString fileOf(const Past& past, const QString& recorded)
{
    if (recorded.isEmpty())
        return recorded;
    const auto there = [](const QString& path) { return std::any_of(endings.begin(), endings.end(), [&path](const QString& ending) { return QFileInfo::exists(path + ending); }); };
    const QString here = QFileInfo(past.journal).absoluteDir().filePath(recorded.section(u'/', -1));
    return !there(recorded) && there(here) ? here : recorded;
}

Result<QString> importRun(const QString& home, const QString& folder, const std::stop_token& stop)
{
    const QDir from(folder);
    const QString journal = from.filePath(u"journal.jsonl"_s);
    if (!QFileInfo(journal).isFile())
        return fail(ErrorCode::NotFound, u"“%1” is no folder of a run: it holds no journal.jsonl."_s.arg(QDir::toNativeSeparators(folder)), u"Copy the folder “runs/RUN” of the other workstation's state, and its safety bundle into it."_s);
    const auto events = Journal::read(journal);
    if (!events)
        return fail(events.error());
    const QString runId = events->isEmpty() ? QString{} : events->first().data[u"runId"].toString();
    if (!runIdForm.match(runId).hasMatch())
        return fail(ErrorCode::Damaged, u"The journal in “%1” does not say which run it is of."_s.arg(QDir::toNativeSeparators(folder)), u"Nothing was imported."_s);
    const QString target = QFileInfo(Session::journalPath(home, runId)).absolutePath();
    if (QFileInfo::exists(target))
        return fail(ErrorCode::AlreadyExists, u"Run %1 is known here already."_s.arg(runId), u"Nothing was imported. It is in the list of runs."_s);

    if (const auto made = makePrivateDirectory(home); !made)
        return fail(made.error());
    QLockFile one(home + u"/import.lock"_s);
    one.setStaleLockTime(0); // however long it takes; that of a process that died does not count
    if (!one.tryLock(0) && one.error() == QLockFile::LockFailedError)
        return fail(ErrorCode::Locked, u"Another run is being imported at this moment."_s, u"Nothing was imported. Try again when that has ended."_s);
    if (!one.isLocked())
        return fail(ErrorCode::Io, u"The folder “%1” cannot be written."_s.arg(QDir::toNativeSeparators(home)), u"Nothing was imported."_s);
    removeLeftovers(home);
    // Under another name until it is whole: half a run must not be offered for resuming.
    Staging staging{home + u"/import-"_s + randomHex(4)};
    if (const auto made = makePrivateDirectory(staging.path); !made)
        return fail(made.error());
    if (const auto copied = copyPrivate(journal, staging.path + u"/journal.jsonl"_s, stop); !copied)
        return fail(copied.error());
    const QJsonObject setup = events->first().data;
    for (const QString& recorded : {setup[u"writesTo"].toString(), setup[u"plan"][u"bundle"].toString()}) {
        const QString name = recorded.section(u'/', -1);
        // A name, whatever the journal says.
        if (name.isEmpty() || name.startsWith(u'.') || name == u"journal.jsonl")
            continue;
        for (const QString& ending : endings) {
            for (const QString& place : {from.filePath(name + ending), from.filePath(u"../../safety/"_s + name + ending)}) {
                if (!QFileInfo(place).isFile() || QFileInfo::exists(staging.path + u'/' + name + ending))
                    continue;
                if (const auto copied = copyPrivate(place, staging.path + u'/' + name + ending, stop); !copied)
                    return fail(copied.error());
            }
        }
    }
    if (const auto made = makePrivateDirectory(home + u"/runs"_s); !made)
        return fail(made.error());
    if (const auto renamed = renameWithoutReplacing(staging.path, target); !renamed)
        return fail(renamed.error());
    staging.path.clear();
    if (const auto synced = syncDirectoryOf(target); !synced)
        return fail(synced.error());
    // Everything else that a journal must be is asked of the copy, as of any other.
    const auto past = readPast(home, runId);
    if (!past) {
        QDir(target).removeRecursively();
        return fail(past.error());
    }
    return runId;
}

} // namespace scalekeep::run
