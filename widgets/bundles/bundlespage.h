#pragma once

#include "models/bundles/bundlefilter.h"
#include "models/bundles/bundlejobs.h"
#include "models/bundles/contentmodel.h"
#include "widgets/common/parts.h"

#include <QTimer>

class QAction;
class QComboBox;
class QMenu;
class QSplitter;
class QTreeView;

namespace scalekeep::widgets {

class BundleDetails;
class LibraryView;

/// The Bundles page: library, content and details of the chosen bundle, and what can be done with it. Workplace, library and jobs outlive it.
/// GUI thread.
class BundlesPage : public Page {
    Q_OBJECT
public:
    BundlesPage(const models::Workplace& workplace, models::BundleLibrary& library, models::BundleJobs& jobs, QWidget* parent = nullptr);

    /// Shows this bundle, wherever it lies; it is added to the list if its folder is not in it.
    void openBundle(const QString& path);
    /// Path of the current bundle, or empty.
    [[nodiscard]] QString currentBundle() const;
    /// For the window's Bundle menu, in its order. Enabled as the current bundle allows.
    [[nodiscard]] QList<QAction*> bundleActions() const { return m_actions; }
    [[nodiscard]] QString summary() const; ///< "7 bundles, 3.9 GiB"

    void saveState(QSettings& settings) const override;
    void restoreState(QSettings& settings) override;
    void activated() override;
    void refresh() override;
    SearchField* filter() override;
    QAbstractButton* mainButton() override { return m_restore; }
    void copyAsText() override;
    void nextProblem(bool forward) override; ///< next damaged or incomplete bundle

public Q_SLOTS:
    void chooseBundle();   ///< Ctrl+O: asks for a file
    void chooseFolder();

Q_SIGNALS:
    void restoreRequested(const QString& path);
    void compareRequested(const QStringList& paths); ///< one, or two

protected:
    void resizeEvent(QResizeEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

private:
    QWidget* makeHead();
    QWidget* makeContent();
    QWidget* makeActionBar();
    void makeActions();
    QAction* makeAction(const QString& text, const QString& iconName, const QString& tip, void (BundlesPage::*slot)(), const QKeySequence& keys = {});
    void fillFolders();
    void folderChosen();
    void current();
    void showBundle();
    void updateActions();
    void updateEmpty();
    void updateSummary();
    void tryOpen();
    void ended(int id);
    void contextMenu(const QPoint& at);

    void verify();
    void extract();
    void salvage();
    void compare();
    void restore();
    void editNote();
    void showInFolder();
    void trash();
    void trashNow(const QStringList& paths);
    void undoTrash();
    void removeFromList();
    [[nodiscard]] QStringList selected() const;
    [[nodiscard]] const models::BundleInfo* info() const;

    const models::Workplace& m_workplace;
    models::BundleLibrary& m_library;
    models::BundleJobs& m_jobs;
    models::BundleFilter m_bundles;
    models::ContentModel m_content;
    models::ContentFilter m_contentRows;
    QTimer m_contentWords;
    QString m_noticeOf;                       ///< bundle that the notice is about
    QString m_pending;                        ///< to be selected as soon as it is listed
    QList<std::pair<QString, QString>> m_trashed; ///< where it is now, where it was

    QComboBox* m_folders;
    SearchField *m_search, *m_contentSearch;
    ElidedLabel* m_sum;
    QPushButton* m_addFolder;
    QMenu* m_more;
    Banner *m_damage, *m_notice;
    QPushButton *m_salvageButton, *m_undo;
    QSplitter *m_rows, *m_lower;
    LibraryView* m_table;
    QTreeView* m_tree;
    EmptyState *m_noBundles, *m_noContent;
    QPushButton *m_emptyAdd, *m_emptyClear;
    BundleDetails* m_details;
    ActionBar* m_bar;
    QPushButton *m_verify, *m_extract, *m_compare, *m_restore;
    QList<QAction*> m_actions;
    QAction *m_verifyAction, *m_extractAction, *m_salvageAction, *m_compareAction, *m_restoreAction, *m_noteAction, *m_folderAction, *m_trashAction, *m_undoAction, *m_forgetAction;
};

} // namespace scalekeep::widgets
