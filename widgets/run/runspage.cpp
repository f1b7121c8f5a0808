#include "widgets/run/runspage.h"

#include "models/run/runreport.h"
#include "models/run/runtexts.h"
#include "widgets/common/delegates.h"
#include "widgets/common/theme.h"
#include "widgets/run/logpane.h"
#include "widgets/run/runhead.h"
#include "widgets/run/runview.h"

#include <QBoxLayout>
#include <QClipboard>
#include <QGuiApplication>
#include <QHeaderView>
#include <QSettings>
#include <QSplitter>
#include <QStackedWidget>
#include <QTableView>

namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;
using models::NextStep;
using models::RunsModel;
using models::RunState;

RunsPage::RunsPage(models::RunHub& hub, QWidget* parent) : Page(u"runs"_s, parent), m_hub(hub), m_model(new RunsModel(hub, this))
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    m_stack = new QStackedWidget;
    layout->addWidget(m_stack);
    auto* empty = new EmptyState(u"runs"_s, tr("No runs yet"), tr("Backups and restores appear here while they run, and stay with their journals afterwards."));
    m_stack->addWidget(empty);

    auto* whole = new QSplitter;
    whole->setObjectName(u"runsList"_s);
    whole->setChildrenCollapsible(false);
    m_stack->addWidget(whole);
    m_listPanel = new Panel(tr("Runs"));
    m_list = new QTableView;
    m_list->setObjectName(u"runsTable"_s);
    m_list->setAccessibleName(tr("Running and earlier runs"));
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setModel(m_model);
    m_list->setItemDelegate(new RowDelegate(m_list));
    m_list->setShowGrid(false);
    m_list->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_list->setSelectionMode(QAbstractItemView::SingleSelection);
    m_list->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_list->setTabKeyNavigation(false);
    m_list->verticalHeader()->hide();
    m_list->verticalHeader()->setDefaultSectionSize(theme::rowHeight());
    m_list->horizontalHeader()->hide();
    m_list->horizontalHeader()->setSectionResizeMode(RunsModel::Run, QHeaderView::Stretch);
    m_list->horizontalHeader()->setSectionResizeMode(RunsModel::Started, QHeaderView::ResizeToContents);
    m_listPanel->body()->addWidget(m_list);
    m_listPanel->setMinimumWidth(220);
    auto* listSide = new QWidget;
    auto* side = new QVBoxLayout(listSide);
    side->setContentsMargins(16, 12, 0, 12);
    side->addWidget(m_listPanel);
    m_view = new RunView;
    whole->addWidget(listSide);
    whole->addWidget(m_view);
    whole->setStretchFactor(0, 0);
    whole->setStretchFactor(1, 1);
    whole->setSizes({290, 900});

    m_toggle = makeButton(tr("All runs"), u"runs"_s);
    m_toggle->setCheckable(true);
    m_toggle->setChecked(true);
    m_toggle->setToolTip(tr("Shows or hides the list of running and earlier runs."));
    m_view->head()->left()->addWidget(m_toggle);

    connect(m_toggle, &QPushButton::clicked, this, [this, listSide](bool checked) {
        m_toggled = true;
        listSide->setVisible(checked);
    });
    connect(m_toggle, &QPushButton::toggled, listSide, &QWidget::setVisible);
    connect(m_list->selectionModel(), &QItemSelectionModel::currentRowChanged, this, &RunsPage::showSelected);
    connect(m_model, &QAbstractItemModel::rowsInserted, this, &RunsPage::updateList);
    connect(m_model, &QAbstractItemModel::rowsRemoved, this, &RunsPage::updateList);
    connect(&hub, &models::RunHub::started, this, [this](RunState* run) { show(run); });
    connect(&hub, &models::RunHub::ended, this, &RunsPage::updateList);
    connect(m_view, &RunView::showBundle, this, &RunsPage::showBundle);
    connect(m_view, &RunView::chosen, this, [this](NextStep::Action action) {
        const RunState* run = m_view->run();
        if (!run)
            return;
        const QString id = run->runId();
        if (action == NextStep::Action::Resume)
            Q_EMIT resumeRequested(id);
        else if (action == NextStep::Action::Again)
            Q_EMIT restoreAgain(id);
        else if (action == NextStep::Action::Record)
            Q_EMIT recordWanted(id);
        else if (action == NextStep::Action::Undo)
            ask(this, tr("Undo %1?").arg(models::bounded(run->title(), 100)), models::cancelText(*run), tr("Undo the run"), ButtonKind::Danger, [this, id] { Q_EMIT undoRequested(id); });
    });
    connect(m_view, &RunView::exportWanted, this, [this] {
        if (m_view->run())
            Q_EMIT recordWanted(m_view->run()->runId());
    });
    updateList();
}

void RunsPage::updateList()
{
    m_stack->setCurrentIndex(m_model->rowCount() > 0 ? 1 : 0);
    if (!m_list->currentIndex().isValid() && m_model->rowCount() > 0)
        select(0);
}

void RunsPage::select(int row)
{
    if (row >= 0)
        m_list->setCurrentIndex(m_model->index(row, 0));
}

void RunsPage::showSelected()
{
    const int row = m_list->currentIndex().row();
    if (row < 0)
        return;
    RunState* run = m_model->state(row);
    if (!run)
        run = m_hub.open(m_model->summary(row).runId);
    m_view->setRun(run);
    const ChipText chip = chipOf ? chipOf(m_model->summary(row).cluster) : ChipText{};
    m_view->setChip(chip.text, chip.colour);
    if (!m_toggled)
        m_toggle->setChecked(!run->live()); // a run that goes on has the whole page
}

void RunsPage::show(RunState* run)
{
    select(m_model->rowOf(run));
}

void RunsPage::showRun(const QString& runId)
{
    select(m_model->rowOf(runId));
}

void RunsPage::setLogVisible(bool visible)
{
    m_view->setLogVisible(visible);
}

void RunsPage::activated()
{
    refresh();
}

void RunsPage::refresh()
{
    m_hub.refresh();
}

SearchField* RunsPage::filter()
{
    return m_view->log()->search();
}

void RunsPage::copyAsText()
{
    if (m_view->log()->isAncestorOf(window()->focusWidget()))
        m_view->log()->copyShown();
    else if (m_view->run())
        QGuiApplication::clipboard()->setText(models::reportText(*m_view->run()));
}

void RunsPage::nextProblem(bool forward)
{
    m_view->nextFailed(forward);
}

void RunsPage::saveState(QSettings& settings) const
{
    Page::saveState(settings);
    if (m_toggled)
        settings.setValue(objectName() + u"/list"_s, m_toggle->isChecked());
}

void RunsPage::restoreState(QSettings& settings)
{
    Page::restoreState(settings);
    if (const QVariant list = settings.value(objectName() + u"/list"_s); list.isValid()) {
        m_toggled = true;
        m_toggle->setChecked(list.toBool());
    }
}

} // namespace scalekeep::widgets
