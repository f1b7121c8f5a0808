#include "models/bundles/bundlelibrary.h"

#include "models/common/format.h"

#include <QDir>
#include <QDirIterator>
#include <QMimeData>
#include <QUrl>

#include <utility>

namespace scalekeep::models {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr int readersAtOnce = 2, mostWatchedFiles = 1000;
constexpr qint64 stillWrittenSeconds = 10; ///< a file without its end that changed so lately may be somebody's backup
} // namespace

BundleLibrary::BundleLibrary(const Workplace& workplace, QObject* parent) : QAbstractTableModel(parent), m_workplace(workplace), m_store(workplace.home + u"/library.json"_s)
{
    // Not restarted by every change: a file that grows would put it off for ever.
    m_debounce.setSingleShot(true);
    m_debounce.setInterval(300);
    m_settle.setSingleShot(true);
    m_settle.setInterval(int(stillWrittenSeconds) * 1000 + 500);
    connect(&m_debounce, &QTimer::timeout, this, &BundleLibrary::scan);
    connect(&m_settle, &QTimer::timeout, this, &BundleLibrary::scan);
    const auto later = [this] {
        if (!m_debounce.isActive())
            m_debounce.start();
    };
    connect(&m_watcher, &QFileSystemWatcher::directoryChanged, this, later);
    connect(&m_watcher, &QFileSystemWatcher::fileChanged, this, later);
}

BundleLibrary::~BundleLibrary() = default;

void BundleLibrary::start()
{
    if (std::exchange(m_started, true))
        return;
    // Told later: whoever shows it may not be there yet.
    if (const auto loaded = m_store.load(); !loaded)
        QMetaObject::invokeMethod(this, [this, error = loaded.error()] { Q_EMIT failed(tr("Reading the list of bundles"), error); }, Qt::QueuedConnection);
    Q_EMIT foldersChanged();
    scan();
}

void BundleLibrary::refresh()
{
    start();
    m_failedFolders.clear();
    scan();
}

bool BundleLibrary::addFolder(const QString& path)
{
    start();
    const QString clean = QDir::cleanPath(QFileInfo(path).absoluteFilePath());
    if (m_store.folders.contains(clean) || clean == safetyFolder())
        return true;
    if (m_store.folders.size() >= LibraryStore::MostFolders)
        return false;
    m_store.folders.append(clean);
    save();
    Q_EMIT foldersChanged();
    scan();
    return true;
}

void BundleLibrary::removeFolder(const QString& path)
{
    if (m_store.folders.removeAll(path) == 0)
        return;
    save();
    Q_EMIT foldersChanged();
    scan();
}

bool BundleLibrary::addFile(const QString& path)
{
    start();
    const QFileInfo file(path);
    const QString clean = QDir::cleanPath(file.absoluteFilePath()), folder = QFileInfo(clean).path();
    if (!isBundleName(file.fileName()))
        return false;
    if (m_rows.contains(clean) || m_store.files.contains(clean))
        return true;
    if (!m_store.folders.contains(folder) && folder != safetyFolder()) {
        if (m_store.files.size() >= LibraryStore::MostFiles)
            m_store.files.removeFirst();
        m_store.files.append(clean);
        save();
        Q_EMIT foldersChanged();
    }
    scan();
    return true;
}

void BundleLibrary::removeFile(const QString& path)
{
    if (m_store.files.removeAll(path) == 0)
        return;
    save();
    Q_EMIT foldersChanged();
    scan();
}

void BundleLibrary::setBeingWritten(const QStringList& finalPaths)
{
    QSet<QString> partials;
    for (const QString& path : finalPaths)
        partials.insert(path + u".partial"_s);
    if (partials == m_beingWritten)
        return;
    m_beingWritten = partials;
    scan();
}

bool BundleLibrary::isBeingWritten(const FileStamp& file) const
{
    if (!file.path.endsWith(u".partial"_s))
        return false;
    const qint64 age = file.modified.secsTo(QDateTime::currentDateTime());
    return m_beingWritten.contains(file.path) || (age >= 0 && age < stillWrittenSeconds);
}

// ------------------------------------------------------------------------------------------------------------ reading

BundleLibrary::Listing BundleLibrary::list(const QStringList& folders, const QStringList& files)
{
    Listing listing;
    QSet<QString> seen;
    const auto add = [&](const QFileInfo& file) {
        if (!file.isFile() || seen.contains(file.filePath()))
            return;
        seen.insert(file.filePath());
        listing.files.append({file.filePath(), file.size(), file.lastModified()});
    };
    for (const QString& folder : folders) {
        const QFileInfo info(folder);
        (info.exists() ? listing.seen : listing.missing).insert(folder);
        if (!info.isDir() || !info.isReadable() || !info.isExecutable()) {
            listing.errors.append({folder, Error{info.exists() ? ErrorCode::Forbidden : ErrorCode::NotFound,
                                                 info.exists() ? tr("The folder “%1” cannot be read.").arg(folder) : tr("The folder “%1” is not there.").arg(folder), {},
                                                 tr("Its bundles are not listed. Make it available and refresh, or remove the folder from the list.")}});
            continue;
        }
        QDirIterator entries(folder, {u"*.scalekeep.tar"_s, u"*.scalekeep.tar.partial"_s}, QDir::Files | QDir::Hidden);
        int found = 0;
        while (entries.hasNext() && found < MostBundlesInFolder) {
            entries.next();
            add(entries.fileInfo());
            ++found;
        }
        if (entries.hasNext())
            listing.errors.append({folder, Error{ErrorCode::Unsupported, tr("The folder “%1” holds more than %2 bundles.").arg(folder, formatCount(MostBundlesInFolder)), {},
                                                 tr("The others are not listed. Move some of them to other folders.")}});
    }
    for (const QString& file : files)
        add(QFileInfo(file));
    return listing;
}

void BundleLibrary::scan()
{
    m_scanAgain = m_scanning;
    if (m_scanning)
        return;
    m_scanning = true;
    Q_EMIT readingChanged();
    QStringList folders = m_store.folders;
    // The folder of safety bundles is made by the first restore.
    if (QFileInfo::exists(safetyFolder()))
        folders.append(safetyFolder());
    m_workplace.inBackground(
        this, [folders, files = m_store.files] { return list(folders, files); },
        [this](const Listing& listing) {
            m_scanning = false;
            merge(listing);
            if (m_scanAgain)
                scan();
            readNext();
            Q_EMIT readingChanged();
        });
}

void BundleLibrary::merge(const Listing& listing)
{
    QHash<QString, FileStamp> there;
    for (const FileStamp& file : listing.files)
        there.insert(file.path, file);
    for (int row = int(m_bundles.size()) - 1; row >= 0; --row) {
        if (there.contains(m_bundles.at(row).file.path))
            continue;
        const QString gone = m_bundles.at(row).file.path;
        beginRemoveRows({}, row, row);
        m_bundles.removeAt(row);
        renumber();
        endRemoveRows();
        m_unread.removeAll(gone);
        Q_EMIT bundleChanged(gone);
    }
    QList<BundleInfo> added;
    bool unsettled = false;
    for (const FileStamp& file : listing.files) {
        const bool writing = isBeingWritten(file);
        unsettled = unsettled || (writing && !m_beingWritten.contains(file.path));
        const int row = m_rows.value(file.path, -1);
        if (row < 0) {
            BundleInfo info;
            info.file = file;
            info.state = writing ? BundleInfo::State::Writing : BundleInfo::State::Reading;
            added.append(info);
        } else if (m_bundles.at(row).file != file || (m_bundles.at(row).state == BundleInfo::State::Writing) != writing) {
            BundleInfo& info = m_bundles[row];
            info.file = file;
            // What was known stays until the file has been read again.
            if (writing || info.state == BundleInfo::State::Writing)
                info.state = writing ? BundleInfo::State::Writing : BundleInfo::State::Reading;
            Q_EMIT dataChanged(index(row, 0), index(row, ColumnCount - 1));
            Q_EMIT bundleChanged(file.path);
        } else {
            continue;
        }
        if (!writing && !m_unread.contains(file.path))
            m_unread.append(file.path);
    }
    if (!added.isEmpty()) {
        beginInsertRows({}, int(m_bundles.size()), int(m_bundles.size() + added.size()) - 1);
        m_bundles.append(added);
        renumber();
        endInsertRows();
    }
    if (unsettled)
        m_settle.start();
    watch();
    m_missing = listing.missing;
    m_seen.unite(listing.seen);
    for (const auto& [folder, error] : listing.errors) {
        if (m_failedFolders.contains(folder) || (m_missing.contains(folder) && !m_seen.contains(folder)))
            continue;
        m_failedFolders.insert(folder);
        Q_EMIT failed(tr("Reading the bundles of a folder"), error);
    }
}

void BundleLibrary::readNext()
{
    while (m_reading < readersAtOnce && !m_unread.isEmpty()) {
        const BundleInfo* next = bundle(m_unread.takeFirst());
        if (!next)
            continue;
        ++m_reading;
        m_workplace.inBackground(
            this, [file = next->file] { return readBundle(file); },
            [this](const BundleInfo& info) {
                --m_reading;
                read(info);
                readNext();
                Q_EMIT readingChanged();
            });
    }
}

void BundleLibrary::read(const BundleInfo& info)
{
    const int row = m_rows.value(info.file.path, -1);
    // It has changed meanwhile: it stands in the queue again.
    if (row < 0 || m_bundles.at(row).file != info.file || m_bundles.at(row).state == BundleInfo::State::Writing)
        return;
    m_bundles[row] = info;
    Q_EMIT dataChanged(index(row, 0), index(row, ColumnCount - 1));
    Q_EMIT bundleChanged(info.file.path);
}

void BundleLibrary::watch()
{
    QStringList wanted;
    for (const QString& folder : m_store.folders + QStringList{safetyFolder()}) {
        if (QFileInfo::exists(folder))
            wanted.append(folder);
        else if (const QString above = QFileInfo(folder).path(); QFileInfo::exists(above) && !wanted.contains(above))
            wanted.append(above); // it may be made there
    }
    for (const BundleInfo& info : std::as_const(m_bundles)) {
        if (wanted.size() >= mostWatchedFiles)
            break;
        wanted.append(info.file.path);
    }
    const QStringList watched = m_watcher.files() + m_watcher.directories();
    const QSet<QString> old(watched.begin(), watched.end()), fresh(wanted.begin(), wanted.end());
    if (const QStringList gone = (old - fresh).values(); !gone.isEmpty())
        m_watcher.removePaths(gone);
    if (const QStringList come = (fresh - old).values(); !come.isEmpty())
        m_watcher.addPaths(come);
}

void BundleLibrary::save()
{
    if (const auto saved = m_store.save(); !saved)
        Q_EMIT failed(tr("Saving the list of bundles"), saved.error());
}

void BundleLibrary::renumber()
{
    m_rows.clear();
    for (int row = 0; row < m_bundles.size(); ++row)
        m_rows.insert(m_bundles.at(row).file.path, row);
}

// ------------------------------------------------------------------------------------------------------------- access

const BundleInfo* BundleLibrary::bundle(const QString& path) const
{
    const int row = m_rows.value(path, -1);
    return row < 0 ? nullptr : &m_bundles.at(row);
}

const BundleInfo* BundleLibrary::bundle(const QModelIndex& index) const
{
    return index.isValid() && index.row() < m_bundles.size() ? &m_bundles.at(index.row()) : nullptr;
}

QModelIndex BundleLibrary::indexOf(const QString& path) const
{
    const int row = m_rows.value(path, -1);
    return row < 0 ? QModelIndex() : index(row, 0);
}

QString BundleLibrary::note(const QString& path) const
{
    const BundleInfo* info = bundle(path);
    return info ? m_store.note(*info) : QString();
}

std::optional<Verification> BundleLibrary::verification(const QString& path) const
{
    const BundleInfo* info = bundle(path);
    return info ? m_store.verification(info->file) : std::nullopt;
}

void BundleLibrary::setNote(const QString& path, const QString& note)
{
    const BundleInfo* info = bundle(path);
    if (!info || m_store.note(*info) == note)
        return;
    m_store.setNote(*info, note);
    save();
    // Copies share the note.
    Q_EMIT dataChanged(index(0, Note), index(int(m_bundles.size()) - 1, Note));
    Q_EMIT bundleChanged(path);
}

void BundleLibrary::setVerification(const FileStamp& file, const Verification& verification)
{
    m_store.setVerification(file, verification);
    save();
    const int row = m_rows.value(file.path, -1);
    if (row < 0)
        return;
    Q_EMIT dataChanged(index(row, 0), index(row, ColumnCount - 1));
    Q_EMIT bundleChanged(file.path);
}

} // namespace scalekeep::models
