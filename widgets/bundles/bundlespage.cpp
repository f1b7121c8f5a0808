#include "widgets/bundles/bundlespage.h"

#include "models/common/components.h"
#include "models/common/format.h"
#include "widgets/bundles/bundledetails.h"
#include "widgets/bundles/libraryview.h"
#include "widgets/common/icons.h"
#include "widgets/common/theme.h"

#include <QAction>
#include <QComboBox>
#include <QDir>
#include <QDragEnterEvent>
#include <QHeaderView>
#include <QMenu>
#include <QSettings>
#include <QSplitter>
#include <QTreeView>
#include <QVBoxLayout>

namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;
using namespace models;

namespace {
constexpr int narrowWindow = 1180;
} // namespace

BundlesPage::BundlesPage(const Workplace& workplace, BundleLibrary& library, BundleJobs& jobs, QWidget* parent)
    : Page(u"bundles"_s, parent), m_workplace(workplace), m_library(library), m_jobs(jobs), m_content(workplace), m_contentRows(&m_content)
{
    m_bundles.setSourceModel(&library);
    setAcceptDrops(true);
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(0);
    all->addWidget(makeHead());
    m_damage = new Banner(this);
    m_salvageButton = makeButton(tr("Salvage…"), {}, ButtonKind::Plain, m_damage);
    m_salvageButton->setToolTip(tr("Saves what is whole into a new bundle; this file stays as it is"));
    m_damage->add(m_salvageButton);
    all->addWidget(m_damage);
    m_notice = new Banner(this);
    m_undo = makeButton(tr("Bring back"), u"undo"_s, ButtonKind::Plain, m_notice);
    auto* dismiss = makeToolButton(u"close"_s, tr("Dismiss"), m_notice);
    m_notice->add(m_undo);
    m_notice->add(dismiss);
    all->addWidget(m_notice);

    auto* body = new QWidget(this);
    auto* padded = new QVBoxLayout(body);
    padded->setContentsMargins(16, 12, 16, 12);
    m_rows = new QSplitter(Qt::Vertical, body);
    m_rows->setObjectName(u"rows"_s);
    m_rows->setHandleWidth(12);
    m_rows->setChildrenCollapsible(false);
    auto* libraryPanel = new Panel({}, m_rows);
    m_table = new LibraryView(libraryPanel);
    m_table->setModel(&m_bundles);
    m_table->sortByColumn(BundleLibrary::Taken, Qt::DescendingOrder);
    m_table->setDefaultWidths();
    m_table->setMinimumHeight(theme::rowHeight() * 4);
    libraryPanel->body()->addWidget(m_table);
    m_noBundles = EmptyState::over(m_table, u"bundle"_s, {}, {});
    m_emptyAdd = m_noBundles->addAction(tr("Add folder…"));
    m_emptyClear = m_noBundles->addAction(tr("Clear filter"));
    m_lower = new QSplitter(Qt::Horizontal, m_rows);
    m_lower->setObjectName(u"lower"_s);
    m_lower->setHandleWidth(12);
    m_lower->setChildrenCollapsible(false);
    m_lower->addWidget(makeContent());
    m_details = new BundleDetails(library, jobs, m_lower);
    m_details->setMinimumWidth(240);
    m_lower->addWidget(m_details);
    m_lower->setStretchFactor(0, 1);
    m_lower->setSizes({560, 304});
    m_rows->setStretchFactor(1, 1);
    m_rows->setSizes({theme::rowHeight() * 8 + 4, 420});
    padded->addWidget(m_rows);
    all->addWidget(body, 1);
    all->addWidget(makeActionBar());
    makeActions();

    const auto now = [this](auto slot) { return [this, slot] { (this->*slot)(); }; };
    connect(m_salvageButton, &QPushButton::clicked, this, now(&BundlesPage::salvage));
    connect(m_undo, &QPushButton::clicked, this, now(&BundlesPage::undoTrash));
    connect(dismiss, &QToolButton::clicked, m_notice, &QWidget::hide);
    connect(m_emptyAdd, &QPushButton::clicked, this, &BundlesPage::chooseFolder);
    connect(m_emptyClear, &QPushButton::clicked, m_search, &QLineEdit::clear);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, now(&BundlesPage::current));
    connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this, now(&BundlesPage::updateActions));
    connect(m_table, &QTableView::doubleClicked, this, [this](const QModelIndex& index) { index.column() == BundleLibrary::Note ? editNote() : void(m_tree->setFocus()); });
    connect(m_table, &QWidget::customContextMenuRequested, this, &BundlesPage::contextMenu);
    m_table->setContextMenuPolicy(Qt::CustomContextMenu);
    connect(m_details, &BundleDetails::noteRequested, this, now(&BundlesPage::editNote));
    connect(m_details, &BundleDetails::folderRequested, this, now(&BundlesPage::showInFolder));
    connect(&library, &BundleLibrary::foldersChanged, this, &BundlesPage::fillFolders);
    connect(&library, &BundleLibrary::failed, this, [this](const QString&, const Error& error) {
        m_undo->hide();
        m_notice->show(Banner::Kind::Warning, error.message, error.hint);
    });
    connect(&library, &BundleLibrary::bundleChanged, this, [this](const QString& path) {
        if (path == currentBundle())
            showBundle();
        updateSummary();
    });
    connect(&library, &BundleLibrary::readingChanged, this, [this] {
        tryOpen();
        updateEmpty();
    });
    for (const auto signal : {&QAbstractItemModel::rowsInserted, &QAbstractItemModel::rowsRemoved}) {
        connect(&m_bundles, signal, this, [this] {
            updateSummary();
            updateEmpty();
        });
    }
    connect(&m_bundles, &QAbstractItemModel::rowsInserted, this, [this] {
        tryOpen();
        if (isVisible())
            activated();
    });
    connect(&jobs, &BundleJobs::started, this, now(&BundlesPage::updateActions));
    connect(&jobs, &BundleJobs::ended, this, &BundlesPage::ended);
    setFocusProxy(m_table);
    fillFolders();
    showBundle();
    updateSummary();
}

// ------------------------------------------------------------------------------------------------------------ folders

void BundlesPage::fillFolders()
{
    const QSignalBlocker quiet(m_folders);
    const QString chosen = m_folders->currentData().toString();
    m_folders->clear();
    m_folders->addItem(icon(u"folder"_s), tr("All folders"), QString());
    const QStringList folders = m_library.folders();
    for (const QString& folder : folders) {
        m_folders->addItem(icon(u"folder"_s), QDir::toNativeSeparators(folder), folder);
        m_folders->setItemData(m_folders->count() - 1, folder, Qt::ToolTipRole);
    }
    m_folders->addItem(icon(u"undo"_s), tr("Safety bundles"), m_library.safetyFolder());
    m_folders->setItemData(m_folders->count() - 1, tr("What restores replaced: %1").arg(m_library.safetyFolder()), Qt::ToolTipRole);
    m_folders->setCurrentIndex(std::max(0, m_folders->findData(chosen)));
    m_more->clear();
    m_more->addAction(icon(u"open"_s), tr("Open bundle…"), this, &BundlesPage::chooseBundle);
    m_more->addAction(icon(u"refresh"_s), tr("Refresh"), this, [this] { refresh(); });
    m_more->addSeparator();
    for (const QString& folder : folders)
        m_more->addAction(tr("Remove %1 from list").arg(QString(folder).replace(u'&', u"&&"_s)), this, [this, folder] { m_library.removeFolder(folder); });
    folderChosen();
}

void BundlesPage::folderChosen()
{
    m_bundles.setFolder(m_folders->currentData().toString());
    m_folders->setToolTip(m_folders->currentIndex() == 0 ? tr("Whose bundles are listed") : m_folders->currentData().toString());
    updateSummary();
    updateEmpty();
}

QString BundlesPage::summary() const
{
    const int count = m_bundles.rowCount();
    return count == 0 ? QString() : (count == 1 ? tr("1 bundle, %1") : tr("%n bundles, %1", nullptr, count)).arg(formatBytes(m_bundles.bytes()));
}

void BundlesPage::updateSummary()
{
    m_sum->setText(summary());
}

void BundlesPage::updateEmpty()
{
    const bool filtered = m_bundles.isFiltered(), none = m_library.rowCount() == 0, reading = m_library.isReading() && none;
    if (reading)
        m_noBundles->set(tr("Looking for bundles…"), {});
    else if (filtered && !none)
        m_noBundles->set(tr("No bundle matches “%1”").arg(m_search->text()), {});
    else if (m_library.folders().isEmpty() && none)
        m_noBundles->set(tr("No bundles yet"), tr("A bundle is the file that a backup writes. Add the folder that holds yours, or drop a bundle here."));
    else if (m_library.isMissing(m_folders->currentData().toString()))
        m_noBundles->set(tr("This folder is not there"), tr("Its bundles appear as soon as it is made or connected."));
    else
        m_noBundles->set(tr("No bundles in this folder"), tr("Bundles are named *.scalekeep.tar. They appear here as soon as they are written or copied."));
    m_emptyClear->setVisible(filtered && !none);
    m_emptyAdd->setVisible(!reading && !(filtered && !none));
    const BundleInfo* bundle = info();
    if (!bundle)
        m_noContent->set({}, tr("Select a bundle to see what is in it."));
    else if (m_content.isFiltered())
        m_noContent->set(tr("Nothing in the bundle matches “%1”").arg(m_contentSearch->text()), {});
    else if (bundle->state == BundleInfo::State::Writing)
        m_noContent->set(tr("A backup is being written"), tr("Its content can be seen when the run has ended."));
    else if (bundle->state == BundleInfo::State::Reading)
        m_noContent->set({}, tr("Reading…"));
    else
        m_noContent->set(tr("Nothing to show"), bundle->error ? bundle->error->message : QString());
}

// ---------------------------------------------------------------------------------------------------------- selection

QString BundlesPage::currentBundle() const
{
    return m_table->currentIndex().data(BundleLibrary::Path).toString();
}

const BundleInfo* BundlesPage::info() const
{
    return m_library.bundle(currentBundle());
}

QStringList BundlesPage::selected() const
{
    QStringList paths;
    const QModelIndexList rows = m_table->selectionModel()->selectedRows();
    for (const QModelIndex& row : rows)
        paths.append(row.data(BundleLibrary::Path).toString());
    return paths;
}

void BundlesPage::current()
{
    // What was said of another bundle does not stand over this one.
    if (m_undo->isHidden() && currentBundle() != m_noticeOf)
        m_notice->hide();
    showBundle();
    // The view has moved on to a neighbour when the bundle before was removed: it is selected, too.
    if (m_table->currentIndex().isValid() && !m_table->selectionModel()->hasSelection())
        m_table->selectRow(m_table->currentIndex().row());
}

void BundlesPage::showBundle()
{
    const BundleInfo* bundle = info();
    m_details->setBundle(bundle ? bundle->file.path : QString());
    if (bundle)
        m_content.setBundle(*bundle);
    else
        m_content.clear();
    const auto verified = bundle ? m_library.verification(bundle->file.path) : std::nullopt;
    if (bundle && bundle->broken()) {
        const QString title = bundle->state == BundleInfo::State::CutOff ? tr("This bundle is cut off and cannot be restored.") : tr("This bundle is damaged and cannot be restored.");
        const qsizetype whole = bundle->salvageable.size(), lost = bundle->lost.size();
        m_damage->show(Banner::Kind::Error, title,
                       whole == 0 ? tr("No stream in it has all of its parts: there is nothing to salvage.")
                                  : tr("%1 of %2 streams have all of their parts. Salvage checks them and saves what is whole into a new bundle.").arg(whole).arg(whole + lost));
    } else if (bundle && bundle->state == BundleInfo::State::Readable && verified && !verified->whole) {
        m_damage->show(Banner::Kind::Error, tr("This bundle is damaged."), verified->problem);
    } else {
        m_damage->hide();
    }
    updateActions();
    updateEmpty();
}

void BundlesPage::updateActions()
{
    if (m_actions.isEmpty())
        return;
    const BundleInfo* bundle = info();
    const auto verified = bundle ? m_library.verification(bundle->file.path) : std::nullopt;
    const bool readable = bundle && bundle->state == BundleInfo::State::Readable;
    const bool bad = bundle && (bundle->broken() || (verified && !verified->whole));
    const BundleJob* running = bundle ? m_jobs.running(bundle->file.path) : nullptr;
    const QStringList paths = selected();
    m_verifyAction->setEnabled(bundle && bundle->state != BundleInfo::State::Writing && (!running || running->kind != BundleJob::Kind::Verify));
    m_extractAction->setEnabled(readable);
    m_salvageAction->setEnabled(bad && (readable || !bundle->salvageable.isEmpty()) && (!running || running->kind != BundleJob::Kind::Salvage));
    const bool two = paths.size() == 2;
    m_compareAction->setEnabled((readable && paths.size() <= 1) || (two && std::all_of(paths.begin(), paths.end(), [this](const QString& path) {
        const BundleInfo* each = m_library.bundle(path);
        return each && each->state == BundleInfo::State::Readable;
    })));
    m_compareAction->setText(two ? tr("Compare") : tr("Compare with…"));
    m_compare->setText(m_compareAction->text());
    m_restoreAction->setEnabled(readable && !bad);
    m_noteAction->setEnabled(bundle);
    m_folderAction->setEnabled(bundle);
    m_trashAction->setEnabled(!paths.isEmpty() && std::none_of(paths.begin(), paths.end(), [this](const QString& path) {
        const BundleInfo* each = m_library.bundle(path);
        return !each || each->state == BundleInfo::State::Writing || m_jobs.running(path);
    }));
    m_undoAction->setEnabled(!m_trashed.isEmpty());
    m_forgetAction->setVisible(bundle && m_library.singleFiles().contains(bundle->file.path));
    m_verify->setEnabled(m_verifyAction->isEnabled());
    m_extract->setEnabled(readable);
    m_compare->setEnabled(m_compareAction->isEnabled());
    m_restore->setEnabled(m_restoreAction->isEnabled());
    m_salvageButton->setVisible(bad);
    m_salvageButton->setEnabled(m_salvageAction->isEnabled());
    m_bar->setSummary(paths.isEmpty() ? tr("No bundle selected.")
                      : two && m_compareAction->isEnabled() ? tr("2 bundles selected. Compare shows what differs between them.")
                      : paths.size() > 1 ? tr("%n bundles selected.", nullptr, int(paths.size()))
                      : m_restoreAction->isEnabled() ? tr("1 bundle selected. Drag it onto a namespace to restore it there.")
                                                     : tr("1 bundle selected."));
}

void BundlesPage::openBundle(const QString& path)
{
    m_pending = QDir::cleanPath(QFileInfo(path).absoluteFilePath());
    if (!QFileInfo::exists(m_pending)) {
        showError(this, tr("Opening a bundle"), {ErrorCode::NotFound, tr("The bundle “%1” is not there.").arg(path), {}, tr("Nothing was opened. It may have been moved or renamed.")});
        m_pending.clear();
        return;
    }
    if (!m_library.addFile(m_pending)) {
        showError(this, tr("Opening a bundle"), {ErrorCode::BadInput, tr("“%1” is not named like a bundle.").arg(QFileInfo(path).fileName()), {}, tr("Nothing was opened. Bundles end in .scalekeep.tar, or .scalekeep.tar.partial when they were cut off.")});
        m_pending.clear();
        return;
    }
    tryOpen();
}

void BundlesPage::tryOpen()
{
    const QModelIndex source = m_pending.isEmpty() ? QModelIndex() : m_library.indexOf(m_pending);
    if (!source.isValid())
        return;
    if (!m_bundles.mapFromSource(source).isValid()) {
        m_search->clear();
        m_folders->setCurrentIndex(0);
    }
    const QModelIndex row = m_bundles.mapFromSource(source);
    m_pending.clear();
    m_table->selectionModel()->setCurrentIndex(row, QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
    m_table->scrollTo(row);
}

// --------------------------------------------------------------------------------------------------------------- page

void BundlesPage::saveState(QSettings& settings) const
{
    Page::saveState(settings);
    settings.beginGroup(objectName());
    settings.setValue(u"folder"_s, m_folders->currentData());
    settings.endGroup();
}

void BundlesPage::restoreState(QSettings& settings)
{
    Page::restoreState(settings);
    m_bundles.sort(m_table->horizontalHeader()->sortIndicatorSection(), m_table->horizontalHeader()->sortIndicatorOrder());
    settings.beginGroup(objectName());
    m_folders->setCurrentIndex(std::max(0, m_folders->findData(settings.value(u"folder"_s))));
    settings.endGroup();
}

void BundlesPage::activated()
{
    if (!m_table->currentIndex().isValid() && m_bundles.rowCount() > 0 && m_pending.isEmpty())
        m_table->selectRow(0);
}

void BundlesPage::refresh()
{
    m_library.refresh();
}

SearchField* BundlesPage::filter()
{
    return m_tree->hasFocus() || m_contentSearch->hasFocus() ? m_contentSearch : m_search;
}

void BundlesPage::copyAsText()
{
    copyRows(m_tree->hasFocus() ? static_cast<QAbstractItemView*>(m_tree) : m_table);
}

void BundlesPage::nextProblem(bool forward)
{
    const int count = m_bundles.rowCount(), from = m_table->currentIndex().row();
    for (int step = 1; step <= count; ++step) {
        const int row = ((forward ? from + step : from - step) % count + count) % count;
        const QString glyph = m_bundles.index(row, BundleLibrary::Taken).data(role::Glyph).toString();
        if (glyph == u"failed" || glyph == u"warning") {
            m_table->selectRow(row);
            m_table->scrollTo(m_bundles.index(row, 0));
            return;
        }
    }
}

void BundlesPage::resizeEvent(QResizeEvent* event)
{
    Page::resizeEvent(event);
    const Qt::Orientation wanted = window()->width() < narrowWindow ? Qt::Vertical : Qt::Horizontal;
    if (m_lower->orientation() == wanted)
        return;
    m_lower->setOrientation(wanted);
    if (wanted == Qt::Horizontal)
        m_lower->setSizes({std::max(320, width() - 348), 304}); // the splitter itself has not been laid out yet
    else
        m_lower->setSizes({300, 200});
}

void BundlesPage::dragEnterEvent(QDragEnterEvent* event)
{
    if (event->source() != m_table && !bundlesIn(event->mimeData()).isEmpty())
        event->acceptProposedAction();
}

void BundlesPage::dropEvent(QDropEvent* event)
{
    const QStringList paths = bundlesIn(event->mimeData());
    if (event->source() == m_table || paths.isEmpty())
        return;
    event->acceptProposedAction();
    for (const QString& path : paths)
        openBundle(path);
}

} // namespace scalekeep::widgets
