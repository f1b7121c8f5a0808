#include "widgets/bundles/bundlespage.h"

#include "models/common/format.h"
#include "widgets/bundles/bundledetails.h"
#include "widgets/bundles/extractdialog.h"
#include "widgets/bundles/libraryview.h"

#include <QAction>
#include <QComboBox>
#include <QDesktopServices>
#include <QDir>
#include <QFileDialog>
#include <QMenu>
#include <QTreeView>
#include <QUrl>

/// What is done with bundles from the page.
namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;
using namespace models;

void BundlesPage::chooseFolder()
{
    auto* dialog = new QFileDialog(this, tr("Folder of bundles"), m_library.folders().value(0, QDir::homePath()));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::Directory);
    dialog->setOption(QFileDialog::ShowDirsOnly);
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& folder) {
        if (m_library.addFolder(folder))
            m_folders->setCurrentIndex(std::max(0, m_folders->findData(QDir::cleanPath(folder))));
        else
            showError(this, tr("Adding a folder"), {ErrorCode::Usage, tr("There are too many folders in the list."), {}, tr("Remove one that is no longer needed, and add this one again.")});
    });
    dialog->open();
}

void BundlesPage::chooseBundle()
{
    auto* dialog = new QFileDialog(this, tr("Open bundle"), m_library.folders().value(0, QDir::homePath()), tr("Bundles (*.scalekeep.tar *.scalekeep.tar.partial)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    connect(dialog, &QFileDialog::fileSelected, this, &BundlesPage::openBundle);
    dialog->open();
}

void BundlesPage::verify()
{
    if (const QString path = currentBundle(); !path.isEmpty())
        m_jobs.verify(path);
}

void BundlesPage::restore()
{
    if (m_restoreAction->isEnabled())
        Q_EMIT restoreRequested(currentBundle());
}

void BundlesPage::compare()
{
    if (m_compareAction->isEnabled())
        Q_EMIT compareRequested(selected());
}

void BundlesPage::extract()
{
    const BundleInfo* bundle = info();
    if (!bundle || bundle->state != BundleInfo::State::Readable)
        return;
    // What is selected in the tree stands checked: a file alone, or the components that the rows belong to.
    QStringList components;
    const ContentNode* file = nullptr;
    const QModelIndexList rows = m_tree->selectionModel()->selectedRows();
    for (const QModelIndex& row : rows) {
        const ContentNode* node = m_content.node(m_contentRows.mapToSource(row));
        if (rows.size() == 1 && !node->path.isEmpty())
            file = node;
        while (node && node->kind != ContentNode::Kind::Component)
            node = node->parent;
        if (node && !components.contains(node->component))
            components.append(node->component);
    }
    auto* dialog = new ExtractDialog(*bundle, components, file, this);
    connect(dialog, &ExtractDialog::chosen, this, [this](const ExtractRequest& request) { m_jobs.extract(request); });
    dialog->open();
}

void BundlesPage::salvage()
{
    const QString bundle = currentBundle();
    if (bundle.isEmpty())
        return;
    QString proposed = BundleJobs::salvagePath(bundle);
    if (!QFileInfo(QFileInfo(bundle).path()).isWritable())
        proposed = QDir::home().filePath(QFileInfo(proposed).fileName());
    auto* dialog = new QFileDialog(this, tr("Salvage into a new bundle"), QFileInfo(proposed).path(), tr("Bundles (*.scalekeep.tar)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(u"scalekeep.tar"_s);
    dialog->selectFile(QFileInfo(proposed).fileName());
    connect(dialog, &QFileDialog::fileSelected, this, [this, bundle](const QString& output) { m_jobs.salvage(bundle, output); });
    dialog->open();
}

void BundlesPage::editNote()
{
    const QModelIndex row = m_table->currentIndex();
    if (!row.isValid())
        return;
    const QModelIndex note = row.siblingAtColumn(BundleLibrary::Note);
    m_table->scrollTo(note);
    m_table->setFocus();
    m_table->setCurrentIndex(note);
    m_table->edit(note);
}

void BundlesPage::showInFolder()
{
    const QString path = currentBundle();
    if (path.isEmpty())
        return;
    const QString folder = QFileInfo(path).path();
    if (!QDesktopServices::openUrl(QUrl::fromLocalFile(folder)))
        showError(this, tr("Showing a folder"), {ErrorCode::ToolMissing, tr("No program could be started for the folder “%1”.").arg(folder), {}, tr("Open it with your file manager.")});
}

void BundlesPage::trash()
{
    const QStringList paths = selected();
    if (paths.isEmpty())
        return;
    const QString name = QFileInfo(paths.first()).fileName();
    const QString title = paths.size() == 1 ? tr("Move %1 to the trash?").arg(name) : tr("Move %n bundles to the trash?", nullptr, int(paths.size()));
    QStringList words;
    for (const QString& path : paths) {
        if (const BundleInfo* bundle = m_library.bundle(path))
            words.append(tr("%1 / %2, taken %3, %4").arg(bundle->header.cluster, bundle->header.namespaceName, formatExact(bundle->header.started), formatBytes(bundle->file.size)));
    }
    if (words.size() > 5)
        words = words.mid(0, 5) + QStringList{tr("and %n more", nullptr, int(words.size()) - 5)};
    ask(this, title, words.join(u'\n') + u"\n\n"_s + tr("It can be brought back from the trash."), tr("Move to trash"), ButtonKind::Primary, [this, paths] { trashNow(paths); });
}

void BundlesPage::trashNow(const QStringList& paths)
{
    m_trashed.clear();
    for (const QString& path : paths) {
        m_jobs.moveToTrash(path, this, [this, path](const Result<void>& done, const QString& trashed) {
            const QString name = QFileInfo(path).fileName();
            if (!done) {
                showError(this, tr("Moving %1 to the trash").arg(name), done.error());
                return;
            }
            if (!trashed.isEmpty())
                m_trashed.append({trashed, path});
            m_undo->setVisible(!m_trashed.isEmpty());
            m_notice->show(Banner::Kind::Note, m_trashed.size() > 1 ? tr("%n bundles were moved to the trash.", nullptr, int(m_trashed.size())) : tr("%1 was moved to the trash.").arg(name), {});
            updateActions();
        });
    }
}

void BundlesPage::undoTrash()
{
    const auto trashed = std::exchange(m_trashed, {});
    for (const auto& [where, path] : trashed) {
        m_jobs.bringBack(where, path, this, [this, to = path](const Result<void>& done) {
            if (!done) {
                showError(this, tr("Bringing %1 back").arg(QFileInfo(to).fileName()), done.error());
                return;
            }
            m_pending = to;
            tryOpen();
        });
    }
    m_notice->hide();
    updateActions();
}

void BundlesPage::removeFromList()
{
    m_library.removeFile(currentBundle());
}

void BundlesPage::contextMenu(const QPoint& at)
{
    QMenu menu(this);
    for (QAction* action : std::as_const(m_actions)) {
        if (action == m_noteAction || action == m_trashAction)
            menu.addSeparator();
        menu.addAction(action);
    }
    menu.exec(m_table->viewport()->mapToGlobal(at));
}

void BundlesPage::ended(int id)
{
    updateActions();
    const BundleJob* job = m_jobs.job(id);
    if (!job || job->state == BundleJob::State::Cancelled)
        return;
    m_undo->hide();
    m_noticeOf = job->kind == BundleJob::Kind::Salvage && job->state == BundleJob::State::Done ? job->output : job->bundle;
    if (job->state == BundleJob::State::Failed) {
        // A damaged bundle says so in its own banner.
        if (job->error->code == ErrorCode::Damaged && job->kind == BundleJob::Kind::Verify)
            return;
        m_notice->show(Banner::Kind::Error, job->error->message, job->error->hint);
        return;
    }
    if (job->kind == BundleJob::Kind::Digest)
        return;
    m_notice->show(Banner::Kind::Note, job->result, job->kind == BundleJob::Kind::Extract ? tr("Folder: %1").arg(QDir::toNativeSeparators(job->output)) : job->kind == BundleJob::Kind::Salvage ? job->details.mid(0, 6).join(u'\n') : QString());
    if (job->kind == BundleJob::Kind::Salvage)
        openBundle(job->output);
}

} // namespace scalekeep::widgets
