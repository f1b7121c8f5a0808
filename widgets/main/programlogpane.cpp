#include "widgets/main/programlogpane.h"

#include "widgets/common/delegates.h"
#include "widgets/common/theme.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QScrollBar>
#include <QSortFilterProxyModel>
#include <QTableView>
#include <QVBoxLayout>

namespace scalekeep::widgets {

ProgramLogPane::ProgramLogPane(models::ProgramLog& log, const QString& logFile, QWidget* parent) : QWidget(parent), m_search(new SearchField(tr("Search the log"), this)), m_view(new QTableView(this))
{
    auto* head = new QHBoxLayout;
    head->setContentsMargins(8, 4, 8, 4);
    auto* title = new QLabel(tr("Log"), this);
    QFont bold = font();
    bold.setBold(true);
    title->setFont(bold);
    auto* copy = makeToolButton(QStringLiteral("copy"), tr("Copy the selected lines, or all"), this);
    auto* clear = makeToolButton(QStringLiteral("trash"), tr("Clear the pane; the log file keeps everything"), this);
    auto* file = new ElidedLabel(logFile, Qt::ElideMiddle, this);
    file->setForegroundRole(QPalette::PlaceholderText);
    m_search->setMaximumWidth(320);
    head->addWidget(title);
    head->addWidget(m_search);
    head->addWidget(file, 1);
    head->addWidget(copy);
    head->addWidget(clear);

    auto* proxy = new QSortFilterProxyModel(this);
    proxy->setFilterCaseSensitivity(Qt::CaseInsensitive);
    proxy->setFilterKeyColumn(-1);
    proxy->setSourceModel(&log);
    m_view->setModel(proxy);
    m_view->setAccessibleName(tr("Log"));
    m_view->setItemDelegate(new RowDelegate(m_view, QFontMetrics(theme::fixedFont()).height() + 3));
    m_view->setFont(theme::fixedFont());
    m_view->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_view->setShowGrid(false);
    m_view->setFrameShape(QFrame::NoFrame);
    m_view->setTabKeyNavigation(false);
    m_view->verticalHeader()->hide();
    m_view->verticalHeader()->setDefaultSectionSize(QFontMetrics(theme::fixedFont()).height() + 3);
    m_view->horizontalHeader()->hide();
    m_view->horizontalHeader()->setStretchLastSection(true);
    const int character = QFontMetrics(theme::fixedFont()).averageCharWidth();
    m_view->setColumnWidth(models::ProgramLog::Time, 11 * character);
    m_view->setColumnWidth(models::ProgramLog::LevelColumn, 10 * character);
    m_view->setColumnWidth(models::ProgramLog::Where, 24 * character);
    EmptyState::over(m_view, QStringLiteral("terminal"), tr("Nothing to report"), tr("What the program does and meets is listed here."));

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addLayout(head);
    layout->addWidget(m_view);

    connect(m_search, &QLineEdit::textChanged, proxy, [proxy](const QString& text) { proxy->setFilterFixedString(text); });
    connect(copy, &QToolButton::clicked, this, [this] { copyRows(m_view); });
    connect(clear, &QToolButton::clicked, &log, &models::ProgramLog::clear);
    QScrollBar* bar = m_view->verticalScrollBar();
    connect(bar, &QScrollBar::actionTriggered, this, [this, bar] { m_follow = bar->sliderPosition() >= bar->maximum() - 1; });
    connect(bar, &QScrollBar::rangeChanged, this, [this] {
        if (m_follow)
            m_view->scrollToBottom();
    });
}

} // namespace scalekeep::widgets
