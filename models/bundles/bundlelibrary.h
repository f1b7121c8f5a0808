#pragma once

#include "models/bundles/librarystore.h"
#include "models/common/roles.h"
#include "models/common/workplace.h"

#include <QAbstractTableModel>
#include <QFileSystemWatcher>
#include <QSet>
#include <QTimer>

namespace scalekeep::models {

/// All bundles of the user's folders, of the folder of safety bundles, and those that were opened one by one. Watched: files that come,
/// change or go are merged, so that selections stay. Folders and files are read on the workplace's workers; the model itself lives on the
/// GUI thread. The workplace must outlive it.
class BundleLibrary : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Taken, Cluster, Namespace, Threescale, Size, Complete, Verified, Note, ColumnCount };
    enum Role { Path = role::User, Folder };
    static constexpr int MostBundlesInFolder = 5000;

    explicit BundleLibrary(const Workplace& workplace, QObject* parent = nullptr);
    ~BundleLibrary() override;

    void start();   ///< reads library.json and the folders; once, and by itself before anything is added
    void refresh(); ///< all folders again, without waiting for the watcher

    /// Of the user, in the order added; without the folder of safety bundles.
    [[nodiscard]] QStringList folders() const { return m_store.folders; }
    /// As last looked: a folder that is not there (yet) has no bundles; only one that goes away is an error.
    [[nodiscard]] bool isMissing(const QString& folder) const { return m_missing.contains(folder); }
    [[nodiscard]] QString safetyFolder() const { return m_workplace.safetyFolder(); }
    [[nodiscard]] QStringList singleFiles() const { return m_store.files; }
    bool addFolder(const QString& path);
    void removeFolder(const QString& path); ///< from the list; the files stay
    bool addFile(const QString& path);      ///< false: not named like a bundle, or too many
    void removeFile(const QString& path);
    /// Files that runs are writing now, by their final names: not damaged, although they have no end yet.
    void setBeingWritten(const QStringList& finalPaths);

    [[nodiscard]] const BundleInfo* bundle(const QString& path) const;
    [[nodiscard]] const BundleInfo* bundle(const QModelIndex& index) const;
    [[nodiscard]] QModelIndex indexOf(const QString& path) const;
    [[nodiscard]] QString note(const QString& path) const;
    [[nodiscard]] std::optional<Verification> verification(const QString& path) const;
    void setNote(const QString& path, const QString& note);
    /// `file`: as it was when it was verified; ignored when it has changed since.
    void setVerification(const FileStamp& file, const Verification& verification);
    [[nodiscard]] bool isReading() const { return m_scanning || m_reading > 0 || !m_unread.isEmpty(); }
    /// How a bundle's state is said in a word or two ("Cut off"), and as a sentence.
    [[nodiscard]] QString stateText(const BundleInfo& bundle) const;
    [[nodiscard]] QString glyph(const BundleInfo& bundle) const; ///< of role::Glyph

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    bool setData(const QModelIndex& index, const QVariant& value, int role) override; ///< notes
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    [[nodiscard]] Qt::ItemFlags flags(const QModelIndex& index) const override;
    [[nodiscard]] QStringList mimeTypes() const override;
    [[nodiscard]] QMimeData* mimeData(const QModelIndexList& indexes) const override; ///< file URLs
    [[nodiscard]] Qt::DropActions supportedDragActions() const override { return Qt::CopyAction; }

Q_SIGNALS:
    void foldersChanged();
    void bundleChanged(const QString& path);
    void readingChanged();
    /// A folder cannot be read, the list cannot be saved.
    void failed(const QString& doing, const scalekeep::Error& error);

private:
    struct Listing {
        QList<FileStamp> files;
        QList<std::pair<QString, Error>> errors;
        QSet<QString> seen, missing; ///< folders
    };
    static Listing list(const QStringList& folders, const QStringList& files);
    void scan();
    void merge(const Listing& listing);
    void readNext();
    void read(const BundleInfo& info);
    void watch();
    void save();
    void renumber();
    [[nodiscard]] bool isBeingWritten(const FileStamp& file) const;
    [[nodiscard]] QString display(const BundleInfo& bundle, int column) const;
    [[nodiscard]] QVariant sortKey(const BundleInfo& bundle, int column) const;
    [[nodiscard]] QString tint(const BundleInfo& bundle, int column) const;
    [[nodiscard]] QString toolTip(const BundleInfo& bundle, int column) const;

    const Workplace& m_workplace;
    LibraryStore m_store;
    QList<BundleInfo> m_bundles;
    QHash<QString, int> m_rows; ///< by path
    QStringList m_unread;
    QSet<QString> m_beingWritten, m_failedFolders, m_missing, m_seen;
    QFileSystemWatcher m_watcher;
    QTimer m_debounce, m_settle;
    int m_reading = 0;
    bool m_started = false, m_scanning = false, m_scanAgain = false;
};

} // namespace scalekeep::models
