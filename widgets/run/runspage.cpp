#include "widgets/run/runspage.h"

#include "models/run/runreport.h"
#include "models/run/runtexts.h"
#include "widgets/common/delegates.h"
#include "widgets/common/theme.h"
#include "widgets/run/logpane.h"
#include "widgets/run/runhead.h"
#include "widgets/run/runview.h"

#include <QAction>
#include <QBoxLayout>
#include <QClipboard>
#include <QFileDialog>
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
    layout->setSpacing(0);
    m_imported = new Banner;
    m_imported->setObjectName(u"imported"_s);
    m_dismiss = makeButton(tr("Dismiss"));
    m_imported->add(m_dismiss);
    connect(m_dismiss, &QPushButton::clicked, this, [this] {
        if (!m_import->isEnabled()) {
            m_hub.stopImport();
            return;
        }
        m_imported->hide();
        m_list->setFocus();
    });
    layout->addWidget(m_imported);
    const auto addNamed = [this](const QString& text, const QString& tip, void (RunsPage::*slot)()) {
        auto* made = new QAction(text, this);
        made->setToolTip(tip);
        made->setStatusTip(tip);
        connect(made, &QAction::triggered, this, slot);
        addAction(made);
        return made;
    };
    m_import = addNamed(tr("&Import run…"), tr("Takes over a run from another workstation, so that it can be resumed or undone here."), &RunsPage::importRun);
    m_lock = addNamed(tr("&Lock of its namespace…"), tr("Who holds the namespace of the chosen run, and what a lost run has left there."), &RunsPage::showLock);
    m_lock->setObjectName(u"lock"_s);
    m_stack = new QStackedWidget;
    layout->addWidget(m_stack);
    auto* empty = new EmptyState(u"runs"_s, tr("No runs yet"), tr("Backups and restores appear here while they run, and stay with their journals afterwards."));
    auto* importFirst = empty->addAction(tr("&Import run…"));
    connect(importFirst, &QPushButton::clicked, m_import, &QAction::trigger);
    m_stack->addWidget(empty);

    auto* whole = new QSplitter;
    whole->setObjectName(u"runsList"_s);
    whole->setChildrenCollapsible(false);
    m_stack->addWidget(whole);
    m_listPanel = new Panel(tr("Runs"));
    auto* import = makeToolButton(u"plus"_s, tr("Import run…"));
    import->setObjectName(u"importRun"_s);
    import->setToolTip(m_import->toolTip());
    auto* lock = makeToolButton(u"lock"_s, tr("Lock of its namespace…"));
    lock->setObjectName(u"runLock"_s);
    lock->setToolTip(m_lock->toolTip());
    m_listPanel->tools()->addWidget(import);
    m_listPanel->tools()->addWidget(lock);
    connect(import, &QToolButton::clicked, m_import, &QAction::trigger);
    connect(lock, &QToolButton::clicked, m_lock, &QAction::trigger);
    connect(m_lock, &QAction::enabledChanged, lock, &QWidget::setEnabled);
    connect(m_import, &QAction::enabledChanged, import, &QWidget::setEnabled);
    connect(m_import, &QAction::enabledChanged, importFirst, &QWidget::setEnabled);
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
    connect(&hub, &models::RunHub::ended, this, [this](RunState* run) {
        if (run->outcome() && run->outcome()->error && run->outcome()->error->code == ErrorCode::LockRemoved)
            askWithoutLock(*run);
    });
    connect(m_view, &RunView::showBundle, this, &RunsPage::showBundle);
    connect(m_view, &RunView::chosen, this, [this](NextStep::Action action) {
        const RunState* run = m_view->run();
        if (!run)
            return;
        const QString id = run->runId();
        if (action == NextStep::Action::Resume)
            Q_EMIT resumeRequested(id, false);
        else if (action == NextStep::Action::Lock)
            Q_EMIT lockWanted({run->plan().cluster, run->plan().namespaceName});
        else if (action == NextStep::Action::Again)
            Q_EMIT restoreAgain(id);
        else if (action == NextStep::Action::Record)
            Q_EMIT recordWanted(id);
        else if (action == NextStep::Action::Undo)
            ask(this, tr("Undo %1?").arg(models::bounded(run->title(), 100)), models::undoText(*run), tr("Undo the run"), ButtonKind::Danger, [this, id] { Q_EMIT undoRequested(id, false); });
    });
    connect(m_view, &RunView::exportWanted, this, [this] {
        if (m_view->run())
            Q_EMIT recordWanted(m_view->run()->runId());
    });
    m_lock->setEnabled(false);
    updateList();
}

void RunsPage::updateList()
{
    m_stack->setCurrentIndex(m_model->rowCount() > 0 ? 1 : 0);
    if (const int row = m_model->rowOf(m_wanted); row >= 0) {
        m_wanted.clear();
        select(row);
    }
    if (!m_list->currentIndex().isValid() && m_model->rowCount() > 0)
        select(0);
}

void RunsPage::importRun()
{
    auto* dialog = new QFileDialog(this, tr("Folder of a run from another workstation"), QDir::homePath());
    dialog->setObjectName(u"importFolder"_s);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::Directory);
    dialog->setOption(QFileDialog::ShowDirsOnly);
    dialog->setLabelText(QFileDialog::Accept, tr("Import"));
    connect(dialog, &QFileDialog::fileSelected, this, &RunsPage::importFrom);
    dialog->open();
}

void RunsPage::importFrom(const QString& folder)
{
    m_import->setEnabled(false);
    m_dismiss->setText(tr("Cancel"));
    m_imported->show(Banner::Kind::Note, tr("A run is being copied…"), tr("It comes from %1, with its safety bundle: that may take long. It is listed when it is whole.").arg(models::bounded(QDir::toNativeSeparators(folder), 300)));
    m_hub.importRun(folder, this, [this](const Result<QString>& run) {
        m_import->setEnabled(true);
        m_dismiss->setText(tr("Dismiss"));
        m_imported->hide();
        if (!run) {
            if (run.error().code != ErrorCode::Cancelled)
                showError(window(), tr("Import a run"), run.error());
            return;
        }
        m_importedRun = m_wanted = *run;
        updateList(); // it may be listed already
        m_imported->show(Banner::Kind::Note, tr("Run %1 was imported.").arg(*run), tr("Resume or undo it here. The other workstation must not go on with it any more."));
        Q_EMIT imported(*run);
    });
}

void RunsPage::askWithoutLock(const RunState& run)
{
    const QString id = run.runId();
    const bool undo = run.undoRun();
    ask(window(), undo ? tr("Undo %1 without its lock?").arg(models::bounded(run.title(), 100)) : tr("Resume %1 without its lock?").arg(models::bounded(run.title(), 100)),
        tr("%1 Nothing was changed. If the run has ended elsewhere, close this: going on here would overwrite what was written since. Go on only if its lock was removed by hand, "
           "nothing was put back from it (Lock…), and nobody changed the namespace since.").arg(models::bounded(run.outcome()->error->message, 600)),
        undo ? tr("Undo without its lock") : tr("Resume without its lock"), ButtonKind::Danger, [this, id, undo] {
            if (undo)
                Q_EMIT undoRequested(id, true);
            else
                Q_EMIT resumeRequested(id, true);
        });
}

void RunsPage::showLock()
{
    const models::RunSummary run = m_model->summary(m_list->currentIndex().row());
    if (!run.namespaceName.isEmpty())
        Q_EMIT lockWanted({run.cluster, run.namespaceName});
}

void RunsPage::select(int row)
{
    if (row >= 0)
        m_list->setCurrentIndex(m_model->index(row, 0));
}

void RunsPage::showSelected()
{
    const int row = m_list->currentIndex().row();
    m_lock->setEnabled(row >= 0 && !m_model->summary(row).namespaceName.isEmpty());
    if (row < 0)
        return;
    if (m_import->isEnabled() && m_model->summary(row).runId != m_importedRun)
        m_imported->hide();
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
