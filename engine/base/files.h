#pragma once

#include "engine/base/result.h"

#include <QByteArray>
#include <QFile>

namespace scalekeep {

/// State of the program: $SCALEKEEP_HOME, else the platform's application data directory. Created 0700 on first use.
Result<QString> stateHome();
/// For what must not outlive the session (tokens, kubeconfigs): $XDG_RUNTIME_DIR or a memory file system, 0700; below the state
/// home where the platform has neither.
Result<QString> runtimeHome();

/// Where nameless files for what memory is not to hold are made: below the state home, whose room is looked at before a run. Not created here.
QString scratchFolder();

/// Makes a directory (and its parents) that only the user can enter.
Result<void> makePrivateDirectory(const QString& path);
/// Replaces a file's content atomically, 0600, synced to disk.
Result<void> writePrivateFile(const QString& path, const QByteArray& content);
/// Whole content of a file of at most `limit` bytes.
Result<QByteArray> readFile(const QString& path, qint64 limit);
/// fsync of an open file, and of the directory that holds it, so that a rename survives a power loss.
Result<void> syncFile(QFile& file);
Result<void> syncDirectoryOf(const QString& path);
/// Gives a file its final name in one step; AlreadyExists when something has that name by now, and both are left as they are.
Result<void> renameWithoutReplacing(const QString& from, const QString& to);
/// Free bytes for this user on the file system that holds `path` (or its nearest existing parent).
qint64 freeBytes(const QString& path);
/// An Error for a failed operation on a local file, NoSpace when the disk is full.
Error fileError(const QString& doing, const QFileDevice& file);
/// Of a nameless file in `folder`: to ask one for its name would give it one.
Error scratchError(const QString& doing, const QString& folder, const QFileDevice& file);
/// `count` random bytes from the system, in hex: nonces, never keys.
QString randomHex(int count);

} // namespace scalekeep
