#include "widgets/bundles/bundlespage.h"

#include "widgets/bundles/libraryview.h"
#include "widgets/common/delegates.h"
#include "widgets/common/icons.h"
#include "widgets/common/theme.h"

#include <QAction>
#include <QComboBox>
#include <QHeaderView>
#include <QMenu>
#include <QSplitter>
#include <QTreeView>
#include <QVBoxLayout>

/// Head, content and foot of the page, and its actions.
namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;
using namespace models;

QWidget* BundlesPage::makeHead()
{
    auto* head = new PageHead(tr("Bundles"), this);
    m_folders = new QComboBox(head);
    m_folders->setObjectName(u"folders"_s);
    m_folders->setAccessibleName(tr("Folder"));
    m_folders->setToolTip(tr("Whose bundles are listed"));
    m_folders->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_folders->setMinimumContentsLength(14);
    m_folders->setMaximumWidth(260);
    m_search = new SearchField(tr("Filter bundles"), head);
    m_search->setMinimumWidth(100);
    m_search->setMaximumWidth(180);
    head->left()->addWidget(m_folders, 1);
    head->left()->addWidget(m_search, 1);
    m_sum = new ElidedLabel({}, Qt::ElideRight, head);
    m_sum->setForegroundRole(QPalette::PlaceholderText);
    m_addFolder = makeButton(tr("Add folder…"), u"plus"_s, ButtonKind::Plain, head);
    m_addFolder->setToolTip(tr("Lists the bundles of one more folder and watches it"));
    auto* more = makeToolButton(u"more"_s, tr("More"), head);
    m_more = new QMenu(more);
    more->setMenu(m_more);
    more->setPopupMode(QToolButton::InstantPopup);
    head->right()->addWidget(m_sum);
    head->right()->addWidget(m_addFolder);
    head->right()->addWidget(more);
    connect(m_folders, &QComboBox::currentIndexChanged, this, [this] { folderChosen(); });
    connect(m_search, &QLineEdit::textChanged, this, [this](const QString& words) {
        m_bundles.setWords(words);
        updateSummary();
        updateEmpty();
    });
    connect(m_addFolder, &QPushButton::clicked, this, &BundlesPage::chooseFolder);
    return head;
}

QWidget* BundlesPage::makeContent()
{
    auto* panel = new Panel(tr("Content"), m_lower);
    m_contentSearch = new SearchField(tr("Filter content"), panel);
    m_contentSearch->setFixedHeight(theme::smallControlHeight());
    m_contentSearch->setMinimumWidth(160);
    panel->tools()->addWidget(m_contentSearch);
    m_tree = new QTreeView(panel);
    m_tree->setObjectName(u"content"_s);
    m_tree->setAccessibleName(tr("Content of the bundle"));
    m_tree->setModel(&m_contentRows);
    m_tree->setItemDelegate(new RowDelegate(m_tree, theme::rowHeight() - 2));
    m_tree->setUniformRowHeights(true);
    m_tree->setIndentation(16);
    m_tree->setFrameShape(QFrame::NoFrame);
    m_tree->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_tree->setAllColumnsShowFocus(true);
    m_tree->header()->setStretchLastSection(true);
    const QFontMetrics metrics(m_tree->font());
    m_tree->setColumnWidth(ContentModel::Content, metrics.horizontalAdvance(u"access-token-settings-long"_s) + 40);
    m_tree->setColumnWidth(ContentModel::What, metrics.horizontalAdvance(u"104 tables, 4 routines"_s) + 18);
    m_tree->setColumnWidth(ContentModel::Size, metrics.horizontalAdvance(u"826 MiB"_s) + 22);
    m_noContent = EmptyState::over(m_tree, {}, {}, {});
    panel->body()->addWidget(m_tree);
    // Words are looked for when typing pauses: a large bundle has a hundred thousand rows.
    m_contentWords.setSingleShot(true);
    m_contentWords.setInterval(200);
    connect(m_contentSearch, &QLineEdit::textChanged, &m_contentWords, qOverload<>(&QTimer::start));
    connect(&m_contentWords, &QTimer::timeout, this, [this] {
        m_content.setWords(m_contentSearch->text());
        updateEmpty();
    });
    connect(&m_content, &ContentModel::wordsChanged, this, [this] {
        if (m_content.isFiltered()) {
            for (int row = 0; row < m_contentRows.rowCount(); ++row)
                m_tree->expand(m_contentRows.index(row, 0));
        }
    });
    connect(m_tree->selectionModel(), &QItemSelectionModel::selectionChanged, this, [this] { updateActions(); });
    return panel;
}

QWidget* BundlesPage::makeActionBar()
{
    m_bar = new ActionBar(this);
    m_verify = makeButton(tr("Verify"), {}, ButtonKind::Plain, m_bar);
    m_verify->setToolTip(tr("Reads every byte and compares it with what was written. No cluster is needed."));
    m_extract = makeButton(tr("Extract…"), {}, ButtonKind::Plain, m_bar);
    m_extract->setToolTip(tr("Writes dumps, files or objects of the bundle into a folder"));
    m_compare = makeButton(tr("Compare with…"), {}, ButtonKind::Plain, m_bar);
    m_compare->setObjectName(u"compareBundles"_s);
    m_compare->setToolTip(tr("Shows what differs from another bundle or a namespace; select two bundles to compare them"));
    m_restore = makeButton(tr("Restore…"), {}, ButtonKind::Primary, m_bar);
    m_restore->setToolTip(tr("Opens the Restore page with this bundle; nothing is changed yet"));
    for (QPushButton* button : {m_verify, m_extract, m_compare, m_restore})
        m_bar->add(button);
    connect(m_verify, &QPushButton::clicked, this, [this] { verify(); });
    connect(m_extract, &QPushButton::clicked, this, [this] { extract(); });
    connect(m_compare, &QPushButton::clicked, this, [this] { compare(); });
    connect(m_restore, &QPushButton::clicked, this, [this] { restore(); });
    return m_bar;
}

QAction* BundlesPage::makeAction(const QString& text, const QString& iconName, const QString& tip, void (BundlesPage::*slot)(), const QKeySequence& keys)
{
    auto* action = new QAction(iconName.isEmpty() ? QIcon() : icon(iconName), text, this);
    action->setToolTip(tip);
    action->setStatusTip(tip);
    action->setShortcut(keys);
    // Only where the bundles are: Delete and F2 mean other things elsewhere.
    action->setShortcutContext(Qt::WidgetShortcut);
    m_table->addAction(action);
    connect(action, &QAction::triggered, this, slot);
    m_actions.append(action);
    return action;
}

void BundlesPage::makeActions()
{
    m_verifyAction = makeAction(tr("Verify"), u"verify"_s, tr("Reads every byte and compares it with what was written"), &BundlesPage::verify);
    m_extractAction = makeAction(tr("Extract…"), u"export"_s, tr("Writes parts of the bundle into a folder"), &BundlesPage::extract);
    m_salvageAction = makeAction(tr("Salvage…"), {}, tr("Saves what is whole in a damaged bundle into a new one"), &BundlesPage::salvage);
    m_compareAction = makeAction(tr("Compare with…"), u"compare"_s, tr("Shows what differs from another bundle or a namespace"), &BundlesPage::compare);
    m_restoreAction = makeAction(tr("Restore…"), u"restore"_s, tr("Opens the Restore page with this bundle"), &BundlesPage::restore);
    m_noteAction = makeAction(tr("Edit note"), u"pencil"_s, tr("Notes are kept on this computer, never in the bundle"), &BundlesPage::editNote, QKeySequence(Qt::Key_F2));
    m_folderAction = makeAction(tr("Show in folder"), u"folder"_s, tr("Opens the bundle's folder in the file manager"), &BundlesPage::showInFolder);
    m_trashAction = makeAction(tr("Move to trash…"), u"trash"_s, tr("Asks first"), &BundlesPage::trash, QKeySequence::Delete);
    m_undoAction = makeAction(tr("Bring back from trash"), u"undo"_s, tr("Undoes the last Move to trash"), &BundlesPage::undoTrash, QKeySequence::Undo);
    m_forgetAction = makeAction(tr("Remove from list"), {}, tr("For a bundle that was opened by itself; the file stays"), &BundlesPage::removeFromList);
    updateActions();
}

} // namespace scalekeep::widgets
