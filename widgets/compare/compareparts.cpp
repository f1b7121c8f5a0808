#include "widgets/compare/comparepage.h"

#include "widgets/common/delegates.h"
#include "widgets/common/theme.h"
#include "widgets/compare/detailpane.h"
#include "widgets/compare/sidebox.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QMenu>
#include <QPainter>
#include <QTreeView>

/// Head, filter bar, message and tree of the page.
namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;
using models::CompareSession;

namespace {
/// A bar across the page with a thin rule below it.
class Strip : public QFrame {
public:
    using QFrame::QFrame;

protected:
    void paintEvent(QPaintEvent*) override { QPainter(this).fillRect(QRect(0, height() - 1, width(), 1), theme::color(Token::Line)); }
};
} // namespace

QWidget* ComparePage::makeHead()
{
    auto* head = new Strip(this);
    auto* row = new QHBoxLayout(head);
    row->setContentsMargins(16, 8, 16, 9);
    row->setSpacing(8);
    auto* title = new QLabel(tr("Compare"), head);
    title->setFont(theme::titleFont());
    row->addWidget(title);
    row->addSpacing(8);
    m_boxes[CompareSession::A] = new SideBox(u"A"_s, head);
    m_boxes[CompareSession::B] = new SideBox(u"B"_s, head);
    m_swap = makeToolButton(u"swap"_s, tr("Swap A and B: the other side becomes the base"), head);
    m_swap->setObjectName(u"swap"_s);
    m_timeline = makeButton(tr("Timeline"), u"runs"_s, ButtonKind::Plain, head);
    m_timeline->setObjectName(u"timeline"_s);
    m_timeline->setCheckable(true);
    m_timeline->setToolTip(tr("Shows how the installation has grown from bundle to bundle"));
    m_export = makeButton(tr("Export…"), u"export"_s, ButtonKind::Plain, head);
    m_export->setObjectName(u"export"_s);
    m_export->setToolTip(tr("Writes the comparison, with every detail that was opened, into a file. No secret value is in it."));
    auto* menu = new QMenu(m_export);
    menu->addAction(tr("HTML report…"), this, [this] { exportAs(false); });
    menu->addAction(tr("JSON…"), this, [this] { exportAs(true); });
    m_export->setMenu(menu);
    row->addWidget(m_boxes[0], 1);
    row->addWidget(m_swap);
    row->addWidget(m_boxes[1], 1);
    row->addWidget(m_timeline);
    row->addWidget(m_export);
    for (const Which which : {CompareSession::A, CompareSession::B}) {
        connect(m_boxes[which], &SideBox::dropped, this, [this, which](const models::CompareSide& side) { put(which, side); });
        connect(m_boxes[which]->menu(), &QMenu::aboutToShow, this, [this, which] { fillMenu(which); });
    }
    connect(m_swap, &QToolButton::clicked, &m_session, &CompareSession::swap);
    return head;
}

QPushButton* ComparePage::makeToggle(const QString& name, Glyph glyph, const QString& tip)
{
    QPushButton* button = makeButton({}, {}, ButtonKind::Plain, this);
    button->setObjectName(name);
    button->setProperty("small", true);
    if (glyph != Glyph::None)
        button->setIcon(glyphIcon(glyph));
    button->setIconSize({14, 14});
    button->setCheckable(true);
    button->setChecked(true);
    button->setToolTip(tip);
    connect(button, &QPushButton::toggled, this, &ComparePage::filterChanged);
    return button;
}

QWidget* ComparePage::makeFilterBar()
{
    m_filterBar = new Strip(this);
    m_filterRow = new QBoxLayout(QBoxLayout::LeftToRight, m_filterBar);
    m_filterRow->setContentsMargins(16, 6, 16, 7);
    m_filterRow->setSpacing(6);
    m_filterLeft = new QWidget(m_filterBar);
    auto* left = new QHBoxLayout(m_filterLeft);
    left->setContentsMargins(0, 0, 0, 0);
    left->setSpacing(6);
    m_onlyChanges = makeToggle(u"onlyChanges"_s, Glyph::None, tr("Hides what is equal, and what the noise rules take for equal"));
    m_onlyChanges->setText(tr("Only changes"));
    m_added = makeToggle(u"added"_s, Glyph::Added, tr("Shows what only B has"));
    m_removed = makeToggle(u"removed"_s, Glyph::Removed, tr("Shows what only A has"));
    m_changed = makeToggle(u"changed"_s, Glyph::Changed, tr("Shows what both have, but not equal"));
    left->addWidget(m_onlyChanges);
    left->addSpacing(6);
    left->addWidget(m_added);
    left->addWidget(m_removed);
    left->addWidget(m_changed);
    left->addStretch(1);

    m_filterRight = new QWidget(m_filterBar);
    auto* right = new QHBoxLayout(m_filterRight);
    right->setContentsMargins(0, 0, 0, 0);
    right->setSpacing(6);
    m_components = new QComboBox(m_filterRight);
    m_components->setObjectName(u"components"_s);
    m_components->setAccessibleName(tr("Component"));
    m_components->setToolTip(tr("Which component is shown"));
    m_components->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    m_components->setMaximumWidth(200);
    m_components->setFixedHeight(theme::smallControlHeight() + 2);
    m_search = new SearchField(tr("Filter objects"), m_filterRight);
    m_search->setObjectName(u"words"_s);
    m_search->setFixedHeight(theme::smallControlHeight() + 2);
    m_search->setMinimumWidth(m_search->fontMetrics().horizontalAdvance(m_search->placeholderText()) + 56);
    m_search->setMaximumWidth(220);
    m_rules = makeButton({}, u"filter"_s, ButtonKind::Flat, m_filterRight);
    m_rules->setObjectName(u"rules"_s);
    m_rules->setToolTip(tr("What counts for nothing: shows and edits the rules"));
    m_previous = makeButton(tr("Previous"), u"chevron-up"_s, ButtonKind::Flat, m_filterRight);
    m_previous->setObjectName(u"previous"_s);
    m_previous->setToolTip(tr("Previous difference (Shift+F8)"));
    m_next = makeButton(tr("Next"), u"chevron-down"_s, ButtonKind::Flat, m_filterRight);
    m_next->setObjectName(u"next"_s);
    m_next->setToolTip(tr("Next difference (F8)"));
    for (QPushButton* each : {m_rules, m_previous, m_next})
        each->setProperty("small", true);
    right->addWidget(m_components);
    right->addWidget(m_search, 1);
    right->addWidget(m_rules);
    right->addStretch(1);
    right->addWidget(m_previous);
    right->addWidget(m_next);
    m_filterRow->addWidget(m_filterLeft);
    m_filterRow->addWidget(m_filterRight, 1);

    // Words are looked for when typing pauses: there may be a hundred thousand rows.
    m_words.setSingleShot(true);
    m_words.setInterval(150);
    connect(m_search, &QLineEdit::textChanged, &m_words, qOverload<>(&QTimer::start));
    connect(&m_words, &QTimer::timeout, this, &ComparePage::filterChanged);
    connect(m_components, &QComboBox::currentIndexChanged, this, &ComparePage::filterChanged);
    connect(m_rules, &QPushButton::clicked, this, &ComparePage::editRules);
    connect(m_previous, &QPushButton::clicked, this, [this] { nextProblem(false); });
    connect(m_next, &QPushButton::clicked, this, [this] { nextProblem(true); });
    return m_filterBar;
}

QWidget* ComparePage::makeMessage()
{
    auto* page = new QWidget(this);
    auto* column = new QVBoxLayout(page);
    column->setContentsMargins(0, 0, 0, 24);
    m_message = new EmptyState(u"compare"_s, {}, {}, page);
    m_chooseA = m_message->addAction(tr("Choose A…"));
    m_chooseA->setObjectName(u"chooseA"_s);
    m_chooseB = m_message->addAction(tr("Choose B…"));
    m_chooseB->setObjectName(u"chooseB"_s);
    m_start = m_message->addAction(tr("Read and compare"));
    m_start->setObjectName(u"start"_s);
    m_start->setProperty("kind", u"primary"_s);
    m_login = m_message->addAction(tr("Log in again…"));
    m_login->setObjectName(u"login"_s);
    m_why = m_message->addAction(tr("Details…"));
    m_why->setObjectName(u"why"_s);
    m_cancel = m_message->addAction(tr("Cancel"));
    m_cancel->setObjectName(u"cancel"_s);
    m_progress = new ThinProgress(page);
    m_progress->setAccessibleName(tr("Progress"));
    m_progress->setFixedWidth(360);
    column->addWidget(m_message, 1);
    column->addWidget(m_progress, 0, Qt::AlignHCenter);
    connect(m_chooseA, &QPushButton::clicked, m_boxes[0], &QAbstractButton::click);
    connect(m_chooseB, &QPushButton::clicked, m_boxes[1], &QAbstractButton::click);
    connect(m_start, &QPushButton::clicked, &m_session, &CompareSession::start);
    connect(m_cancel, &QPushButton::clicked, &m_session, &CompareSession::cancel);
    connect(m_login, &QPushButton::clicked, this, [this] {
        for (const Which which : {CompareSession::A, CompareSession::B}) {
            if (m_session.side(which).isLive() && !m_session.content(which)) {
                Q_EMIT loginWanted(m_session.side(which).where.cluster);
                return;
            }
        }
    });
    connect(m_why, &QPushButton::clicked, this, [this] {
        if (m_session.error())
            showError(this, tr("Comparing"), *m_session.error());
    });
    return page;
}

QWidget* ComparePage::makeTree()
{
    auto* panel = new Panel({}, this);
    m_view = new QTreeView(panel);
    m_view->setObjectName(u"differences"_s);
    m_view->setAccessibleName(tr("What differs"));
    m_view->setModel(&m_rows);
    m_view->setItemDelegate(new RowDelegate(m_view, theme::rowHeight() - 1));
    m_view->setUniformRowHeights(true);
    m_view->setIndentation(16);
    m_view->setAllColumnsShowFocus(true);
    m_view->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_view->setContextMenuPolicy(Qt::CustomContextMenu);
    m_view->header()->setStretchLastSection(false);
    m_view->header()->setSectionsMovable(false);
    m_view->header()->setSectionResizeMode(models::CompareTree::Object, QHeaderView::Stretch);
    const QFontMetrics text(m_view->font()), header(m_view->header()->font());
    for (int column = models::CompareTree::Added; column < models::CompareTree::ColumnCount; ++column)
        m_view->setColumnWidth(column, std::max(text.horizontalAdvance(u"≥ 9,999"_s) + 18, header.horizontalAdvance(m_tree.headerData(column, Qt::Horizontal, Qt::DisplayRole).toString()) + 22));
    m_view->setMinimumSize(260, theme::rowHeight() * 5);
    m_noRows = EmptyState::over(m_view, {}, {}, {});
    m_showAll = m_noRows->addAction(tr("Show equal objects"));
    m_clearFilter = m_noRows->addAction(tr("Clear filter"));
    m_foot = new PanelFoot(panel);
    m_foot->setObjectName(u"treeFoot"_s);
    panel->body()->addWidget(m_view, 1);
    panel->body()->addWidget(m_foot);
    connect(m_showAll, &QPushButton::clicked, this, [this] { m_onlyChanges->setChecked(false); });
    connect(m_clearFilter, &QPushButton::clicked, this, [this] {
        m_search->clear();
        m_components->setCurrentIndex(0);
        for (QPushButton* each : {m_added, m_removed, m_changed})
            each->setChecked(true);
    });
    connect(m_view->selectionModel(), &QItemSelectionModel::currentRowChanged, this, &ComparePage::currentChanged);
    connect(m_view, &QWidget::customContextMenuRequested, this, &ComparePage::contextMenu);
    return panel;
}

} // namespace scalekeep::widgets
