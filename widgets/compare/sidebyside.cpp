#include "widgets/compare/sidebyside.h"

#include "widgets/common/parts.h"
#include "widgets/common/theme.h"
#include "widgets/compare/sidedelegate.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QPainter>
#include <QScrollBar>
#include <QSet>

namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr int middleWidth = 28, widestColumn = 240, widestLine = 20'000;
}

SideBySide::SideBySide(models::SidesModel& model, QWidget* parent) : QWidget(parent), m_model(model)
{
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(1); // the lines on both sides of the middle
    m_a = makeView(tr("A, the base"));
    m_middle = makeView(tr("What differs"));
    m_b = makeView(tr("B"));
    m_middle->setFocusPolicy(Qt::NoFocus);
    m_middle->setFixedWidth(std::max(middleWidth, m_middle->horizontalHeader()->fontMetrics().horizontalAdvance(u"A|B"_s) + 20));
    m_middle->horizontalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    m_a->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_middle->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    row->addWidget(m_a, 1);
    row->addWidget(m_middle);
    row->addWidget(m_b, 1);
    QItemSelectionModel* const own[] = {m_middle->selectionModel(), m_b->selectionModel()};
    m_middle->setSelectionModel(m_a->selectionModel());
    m_b->setSelectionModel(m_a->selectionModel());
    for (QItemSelectionModel* each : own)
        delete each;
    join(m_a, m_b);
    join(m_b, m_a);
    connect(&m_model, &QAbstractItemModel::modelReset, this, &SideBySide::adopt);
    connect(m_b->verticalScrollBar(), &QScrollBar::valueChanged, this, &SideBySide::tellRows);
    connect(m_b->verticalScrollBar(), &QScrollBar::rangeChanged, this, &SideBySide::tellRows);
    setFocusProxy(m_a);
    adopt();
}

/// Without a name: their columns are another table's each time, so the page must not keep them.
QTableView* SideBySide::makeView(const QString& title)
{
    auto* view = new QTableView(this);
    view->setAccessibleName(title);
    view->setModel(&m_model);
    view->setItemDelegate(new SideDelegate(view));
    view->setSelectionBehavior(QAbstractItemView::SelectRows);
    view->setSelectionMode(QAbstractItemView::ExtendedSelection);
    view->setEditTriggers(QAbstractItemView::NoEditTriggers);
    view->setShowGrid(false);
    view->setWordWrap(false);
    view->setTabKeyNavigation(false);
    view->setCornerButtonEnabled(false);
    view->setFrameShape(QFrame::NoFrame);
    view->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    view->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    view->verticalHeader()->hide();
    view->horizontalHeader()->setHighlightSections(false);
    view->horizontalHeader()->setMinimumSectionSize(middleWidth);
    view->horizontalHeader()->setSectionsClickable(false);
    view->setMinimumHeight(theme::rowHeight() * 3);
    return view;
}

/// Scrolling and column widths of one view go to the others.
void SideBySide::join(QTableView* one, QTableView* other)
{
    connect(one->verticalScrollBar(), &QScrollBar::valueChanged, this, [this, other](int value) {
        other->verticalScrollBar()->setValue(value);
        m_middle->verticalScrollBar()->setValue(value);
    });
    connect(m_middle->verticalScrollBar(), &QScrollBar::valueChanged, other->verticalScrollBar(), &QScrollBar::setValue);
    connect(one->horizontalScrollBar(), &QScrollBar::valueChanged, other->horizontalScrollBar(), &QScrollBar::setValue);
    connect(one->horizontalHeader(), &QHeaderView::sectionResized, this, [this, one, other](int section, int, int width) {
        if (m_joining || width == 0 || section == m_model.stateColumn())
            return;
        m_joining = true;
        const int columns = m_model.sideColumns() + 1;
        other->setColumnWidth(one == m_a ? section + columns : section - columns, width);
        m_joining = false;
    });
    // A bar below one view alone would let its last rows stand elsewhere.
    connect(one->horizontalScrollBar(), &QScrollBar::rangeChanged, this, [this](int, int) {
        const bool needed = m_a->horizontalScrollBar()->maximum() > 0 || m_b->horizontalScrollBar()->maximum() > 0;
        for (QTableView* view : {m_a, m_middle, m_b})
            view->setHorizontalScrollBarPolicy(needed ? Qt::ScrollBarAlwaysOn : Qt::ScrollBarAlwaysOff);
    });
}

void SideBySide::adopt()
{
    const bool text = m_model.isText();
    const int rowHeight = text ? QFontMetrics(theme::fixedFont()).height() + 5 : theme::rowHeight();
    for (QTableView* view : {m_a, m_middle, m_b}) {
        view->verticalHeader()->setMinimumSectionSize(rowHeight);
        view->verticalHeader()->setDefaultSectionSize(rowHeight);
        view->horizontalHeader()->setVisible(!text);
    }
    setWidths();
    if (m_model.rowCount() > 0)
        select(std::max(0, m_model.nextDifference(-1, true)));
    m_b->verticalScrollBar()->setValue(0);
    tellRows();
}

void SideBySide::setAllColumns(bool all)
{
    if (m_all == all)
        return;
    m_all = all;
    setWidths();
}

void SideBySide::setWidths()
{
    const int columns = m_model.sideColumns();
    if (columns == 0)
        return;
    m_joining = true;
    const QList<int> telling = m_model.telling();
    const QFontMetrics metrics(m_model.isText() ? theme::fixedFont() : font()), header(m_a->horizontalHeader()->font());
    const auto show = [](QTableView* view, int section, bool shown) { view->setColumnHidden(section, !shown); };
    show(m_a, m_model.stateColumn(), false);
    show(m_b, m_model.stateColumn(), false);
    for (int column = 0; column < columns; ++column) {
        const int a = m_model.columnOf(false, column), b = m_model.columnOf(true, column);
        const bool shown = m_all || telling.contains(column);
        show(m_a, a, shown);
        show(m_a, b, false);
        show(m_b, b, shown);
        show(m_b, a, false);
        show(m_middle, a, false);
        show(m_middle, b, false);
        const int most = m_model.isText() ? widestLine : widestColumn;
        // Never narrower than the header, also in a longer language.
        const int width = std::max(std::min(metrics.horizontalAdvance(SideDelegate::shown(m_model.widest(column))) + 24, most), header.horizontalAdvance(m_model.headerData(a, Qt::Horizontal, Qt::DisplayRole).toString()) + 20);
        m_a->setColumnWidth(a, width);
        m_b->setColumnWidth(b, width);
        if (shown)
            m_lastWidth = width;
    }
    m_middle->setColumnWidth(m_model.stateColumn(), m_middle->minimumWidth());
    m_joining = false;
    fitLast();
}

/// The last column takes what is left, and no less than its texts need.
void SideBySide::fitLast()
{
    const int columns = m_model.sideColumns();
    int last = -1, before = 0;
    for (int column = 0; column < columns; ++column) {
        if (m_a->isColumnHidden(column))
            continue;
        if (last >= 0)
            before += m_a->columnWidth(last);
        last = column;
    }
    if (last < 0)
        return;
    const int width = std::max(m_lastWidth, std::min(m_a->viewport()->width(), m_b->viewport()->width()) - before);
    m_joining = true;
    m_a->setColumnWidth(m_model.columnOf(false, last), width);
    m_b->setColumnWidth(m_model.columnOf(true, last), width);
    m_joining = false;
}

int SideBySide::currentRow() const
{
    return m_a->currentIndex().row();
}

void SideBySide::select(int row)
{
    if (row < 0 || row >= m_model.rowCount())
        return;
    QTableView* view = m_b->hasFocus() ? m_b : m_a;
    const bool sideB = view == m_b;
    int column = 0;
    while (column + 1 < m_model.sideColumns() && view->isColumnHidden(m_model.columnOf(sideB, column)))
        ++column;
    const QModelIndex index = m_model.index(row, m_model.columnOf(sideB, column));
    m_a->selectionModel()->setCurrentIndex(index, QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
    view->scrollTo(index);
}

void SideBySide::copyRows()
{
    QStringList lines;
    QList<int> columns;
    for (int column = 0; column < m_model.sideColumns(); ++column) {
        if (!m_a->isColumnHidden(column))
            columns.append(column);
    }
    const QModelIndexList chosen = m_a->selectionModel()->selectedRows();
    QSet<int> rows;
    for (const QModelIndex& each : chosen)
        rows.insert(each.row());
    for (int row = 0; row < m_model.rowCount(); ++row) {
        if (rows.size() > 1 && !rows.contains(row))
            continue;
        QStringList cells;
        for (const bool sideB : {false, true}) {
            if (sideB)
                cells.append(m_model.index(row, m_model.stateColumn()).data(Qt::AccessibleTextRole).toString());
            for (const int column : std::as_const(columns))
                cells.append(m_model.index(row, m_model.columnOf(sideB, column)).data().toString().replace(u'\t', u' ').replace(u'\n', u' '));
        }
        lines.append(cells.join(u'\t'));
    }
    QGuiApplication::clipboard()->setText(lines.join(u'\n') + u'\n');
}

void SideBySide::tellRows()
{
    if (m_model.rowCount() == 0)
        return;
    const int first = m_b->rowAt(0), last = m_b->rowAt(m_b->viewport()->height() - 1);
    Q_EMIT rowsShown(std::max(first, 0), last < 0 ? m_model.rowCount() - 1 : last);
}

void SideBySide::paintEvent(QPaintEvent*)
{
    QPainter(this).fillRect(rect(), theme::color(Token::Line));
}

void SideBySide::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    fitLast();
    tellRows();
}

bool SideBySide::event(QEvent* event)
{
    if (event->type() == QEvent::LayoutRequest || event->type() == QEvent::Show)
        fitLast();
    return QWidget::event(event);
}

} // namespace scalekeep::widgets
