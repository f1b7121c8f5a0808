#pragma once

#include "models/bundles/bundleinfo.h"

#include <QHash>

namespace scalekeep::models {

/// The last complete verification of a file.
struct Verification {
    QDateTime when;
    bool whole = false;
    QString problem; ///< the first one
    bool operator==(const Verification&) const = default;
};

/// What the user added to the library: folders, single files, notes, and when a file was verified; <home>/library.json, 0600.
/// A note belongs to the content: it is kept under membersSha256, so that it follows a bundle that is moved, renamed or copied, and is
/// never written into the bundle; without a manifest under the file's stamp. A verification belongs to one file: it is kept under path,
/// size and time, because a copy of the same bundle may have been damaged on the way.
/// A value for the GUI thread; load() and save() are short and block.
class LibraryStore {
public:
    static constexpr qsizetype LongestNote = 500, MostFolders = 64, MostFiles = 200, MostEntries = 5000;

    explicit LibraryStore(QString path) : m_path(std::move(path)) {}

    /// A file that is missing is empty; one that makes no sense is an error, and is kept aside by the next save().
    Result<void> load();
    Result<void> save() const;

    QStringList folders, files;

    [[nodiscard]] QString note(const BundleInfo& bundle) const { return m_notes.value(noteKey(bundle)); }
    void setNote(const BundleInfo& bundle, const QString& note); ///< made one line, cut at LongestNote
    [[nodiscard]] std::optional<Verification> verification(const FileStamp& file) const;
    void setVerification(const FileStamp& file, const Verification& verification);

private:
    static QString noteKey(const BundleInfo& bundle);

    QString m_path;
    bool m_unreadable = false;
    QHash<QString, QString> m_notes;
    QHash<QString, Verification> m_verifications;
};

} // namespace scalekeep::models
