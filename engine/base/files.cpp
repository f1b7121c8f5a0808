#include "engine/base/files.h"

#include <QDir>
#include <QFileInfo>
#include <QRandomGenerator>
#include <QStandardPaths>
#include <QStorageInfo>

#include <cerrno>
#include <cstdio>
#include <cstring>
#ifdef Q_OS_UNIX
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

namespace scalekeep {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr auto privateDirectory = QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner;
constexpr auto privateFile = QFile::ReadOwner | QFile::WriteOwner;

Error ioError(const QString& doing, const QString& path, const QString& why)
{
    const bool full = errno == ENOSPC || errno == EDQUOT || errno == EFBIG;
    return Error{full ? ErrorCode::NoSpace : ErrorCode::Io, u"Could not %1 “%2”: %3."_s.arg(doing, path, full ? u"no space is left"_s : why), {},
                 full ? u"Free some space, or choose another folder, and try again."_s : QString{}};
}
} // namespace

Result<void> makePrivateDirectory(const QString& path)
{
    if (QFileInfo(path).isDir())
        return {};
#ifdef Q_OS_UNIX
    const mode_t before = ::umask(077);
    const bool made = QDir().mkpath(path);
    ::umask(before);
#else
    const bool made = QDir().mkpath(path);
#endif
    if (!made)
        return fail(ioError(u"create the folder"_s, path, u"the parent folder cannot be written"_s));
    QFile::setPermissions(path, privateDirectory);
    return {};
}

Result<QString> stateHome()
{
    QString home = qEnvironmentVariable("SCALEKEEP_HOME");
    if (home.isEmpty())
        home = QStandardPaths::writableLocation(QStandardPaths::GenericDataLocation) + u"/scalekeep"_s;
    if (const auto made = makePrivateDirectory(home); !made)
        return fail(made.error());
    return home;
}

Result<QString> runtimeHome()
{
    const auto state = stateHome();
    if (!state)
        return state;
    // Two programs with different state homes must not share runtime files.
    const QString suffix = QString::number(qHash(*state), 16);
    for (const QString& base : {qEnvironmentVariable("XDG_RUNTIME_DIR"), u"/dev/shm"_s}) {
        if (base.isEmpty() || !QFileInfo(base).isWritable())
            continue;
#ifdef Q_OS_UNIX
        const QString path = u"%1/scalekeep-%2-%3"_s.arg(base).arg(::getuid()).arg(suffix);
        if (!makePrivateDirectory(path))
            continue;
        // /dev/shm is shared: somebody else may have made the folder first.
        struct stat status {};
        if (::lstat(QFile::encodeName(path).constData(), &status) != 0 || !S_ISDIR(status.st_mode) || status.st_uid != ::getuid() ||
            (status.st_mode & 077) != 0)
            continue;
        return path;
#endif
    }
    const QString path = *state + u"/runtime"_s;
    if (const auto made = makePrivateDirectory(path); !made)
        return fail(made.error());
    return path;
}

QString scratchFolder()
{
    return stateHome().value_or(QDir::tempPath()) + u"/tmp"_s;
}

Result<void> writePrivateFile(const QString& path, const QByteArray& content)
{
    QFile file(u"%1.%2.tmp"_s.arg(path, randomHex(4)));
    if (!file.open(QIODevice::WriteOnly | QIODevice::NewOnly, privateFile))
        return fail(fileError(u"create"_s, file));
    if (file.write(content) != content.size() || !file.flush()) {
        const Error error = fileError(u"write"_s, file);
        file.remove();
        return fail(error);
    }
    if (const auto synced = syncFile(file); !synced) {
        file.remove();
        return synced;
    }
    const QString temporary = file.fileName();
    file.close();
    if (::rename(QFile::encodeName(temporary).constData(), QFile::encodeName(path).constData()) != 0) {
        const Error error = ioError(u"replace"_s, path, QString::fromLocal8Bit(strerror(errno)));
        QFile::remove(temporary);
        return fail(error);
    }
    return syncDirectoryOf(path);
}

Result<QByteArray> readFile(const QString& path, qint64 limit)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) {
        Error error = fileError(u"read"_s, file);
        if (!file.exists())
            error.code = ErrorCode::NotFound;
        return fail(error);
    }
    const QByteArray content = file.read(limit + 1);
    if (content.size() > limit)
        return fail(ErrorCode::BadInput, u"“%1” is larger than the %2 bytes that such a file may have."_s.arg(path).arg(limit));
    if (file.error() != QFile::NoError)
        return fail(fileError(u"read"_s, file));
    return content;
}

Result<void> syncFile(QFile& file)
{
#ifdef Q_OS_UNIX
    if (!file.flush() || ::fsync(file.handle()) != 0)
        return fail(ioError(u"write"_s, file.fileName(), QString::fromLocal8Bit(strerror(errno))));
#else
    if (!file.flush())
        return fail(fileError(u"write"_s, file));
#endif
    return {};
}

Result<void> syncDirectoryOf(const QString& path)
{
#ifdef Q_OS_UNIX
    const QString directory = QFileInfo(path).absolutePath();
    const int handle = ::open(QFile::encodeName(directory).constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (handle < 0)
        return fail(ioError(u"open the folder"_s, directory, QString::fromLocal8Bit(strerror(errno))));
    const int answer = ::fsync(handle);
    const int why = errno;
    ::close(handle);
    // Some network file systems cannot sync a directory; the rename itself was done.
    if (answer != 0 && why != EINVAL && why != ENOTSUP)
        return fail(ioError(u"write the folder"_s, directory, QString::fromLocal8Bit(strerror(why))));
#else
    Q_UNUSED(path)
#endif
    return {};
}

Result<void> renameWithoutReplacing(const QString& from, const QString& to)
{
#ifdef Q_OS_UNIX
    const QByteArray source = QFile::encodeName(from);
    const QByteArray target = QFile::encodeName(to);
#ifdef Q_OS_LINUX
    if (::renameat2(AT_FDCWD, source.constData(), AT_FDCWD, target.constData(), RENAME_NOREPLACE) == 0)
        return {};
    const bool unable = errno == EINVAL || errno == ENOSYS;
#else
    const bool unable = true;
#endif
    // File systems without that call still refuse to make a link over an existing name.
    if (unable && ::link(source.constData(), target.constData()) == 0) {
        ::unlink(source.constData());
        return {};
    }
    const int why = errno;
    // Without links either (FAT, some network file systems), only the moment between the check and the rename is unguarded.
    if (unable && why != EEXIST && !QFileInfo::exists(to) && ::rename(source.constData(), target.constData()) == 0)
        return {};
    if (why == EEXIST || QFileInfo::exists(to))
        return fail(ErrorCode::AlreadyExists, u"“%1” exists already; it and “%2” were left as they are."_s.arg(to, from));
    return fail(ioError(u"rename"_s, from, QString::fromLocal8Bit(strerror(why))));
#else
    QFile file(from);
    if (QFileInfo::exists(to))
        return fail(ErrorCode::AlreadyExists, u"“%1” exists already; it and “%2” were left as they are."_s.arg(to, from));
    if (!file.rename(to))
        return fail(fileError(u"rename"_s, file));
    return {};
#endif
}

qint64 freeBytes(const QString& path)
{
    QFileInfo info(path);
    while (!info.exists() && !info.isRoot())
        info = QFileInfo(info.absolutePath());
    return QStorageInfo(info.absoluteFilePath()).bytesAvailable();
}

Error fileError(const QString& doing, const QFileDevice& file)
{
    return ioError(doing, file.fileName(), file.errorString());
}

Error scratchError(const QString& doing, const QString& folder, const QFileDevice& file)
{
    Error error = ioError(doing, folder, file.errorString());
    if (error.code == ErrorCode::NoSpace)
        error.hint = u"Free some space there and try again."_s;
    return error;
}

QString randomHex(int count)
{
    QByteArray bytes(count, Qt::Uninitialized);
    for (char& byte : bytes)
        byte = static_cast<char>(QRandomGenerator::system()->bounded(256));
    return QString::fromLatin1(bytes.toHex());
}

} // namespace scalekeep
