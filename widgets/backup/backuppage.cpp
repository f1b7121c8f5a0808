#include "widgets/backup/backuppage.h"

#include "widgets/backup/commands.h"
#include "widgets/backup/completeness.h"
#include "widgets/backup/destination.h"
#include "widgets/backup/dryrundialog.h"
#include "widgets/backup/firststart.h"
#include "widgets/backup/planview.h"
#include "widgets/backup/savedplans.h"
#include "widgets/common/icons.h"
#include "widgets/record/changedialog.h"

#include <QAction>
#include <QHBoxLayout>
#include <QJsonDocument>
#include <QSettings>
#include <QSplitter>
#include <QStackedWidget>

#include <algorithm>

namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;
using models::BackupQueue;
using models::ComponentRef;

namespace {
constexpr int edge = 16, between = 12, planHeight = 280, belowHeight = 258, optionsWidth = 340;

QAction* makeAction(QWidget* page, const QString& iconName, const QString& text, const QKeySequence& keys)
{
    auto* action = new QAction(icon(iconName), text, page);
    action->setShortcut(keys);
    page->addAction(action);
    return action;
}

bool refusedByLock(const models::BackupPreparation& preparation)
{
    return std::any_of(preparation.checks.begin(), preparation.checks.end(), [](const run::Check& check) { return check.id == u"lock" && check.state == run::Check::State::Failed; });
}
} // namespace

BackupPage::BackupPage(models::BackupPlan& plan, BackupQueue& queue, QWidget* parent)
    : Page(u"backup"_s, parent), m_plan(plan), m_queue(queue), m_pages(new QStackedWidget), m_first(new FirstStart), m_saved(new SavedPlans(plan))
{
    auto* head = new PageHead(tr("Backup"));
    head->left()->addWidget(m_saved);
    m_undoButton = makeButton(tr("Undo remove"), u"undo"_s, ButtonKind::Flat);
    m_undoButton->setObjectName(u"undo"_s);
    head->right()->addWidget(m_undoButton);
    m_undo = makeAction(this, u"undo"_s, tr("Undo"), QKeySequence::Undo);
    m_redo = makeAction(this, u"undo"_s, tr("Redo"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Z));
    m_save = makeAction(this, u"save"_s, tr("Save plan"), QKeySequence::Save);

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(head);
    m_pages->addWidget(makePlanPage());
    m_pages->addWidget(m_first);
    layout->addWidget(m_pages, 1);

    connect(m_undo, &QAction::triggered, &plan, &models::BackupPlan::undo);
    connect(m_redo, &QAction::triggered, &plan, &models::BackupPlan::redo);
    connect(m_undoButton, &QPushButton::clicked, &plan, &models::BackupPlan::undo);
    connect(m_save, &QAction::triggered, m_saved, qOverload<>(&SavedPlans::save));
    connect(m_saved, &SavedPlans::message, this, &BackupPage::message);
    connect(m_first, &FirstStart::addClusterRequested, this, &BackupPage::addClusterRequested);
    connect(m_first, &FirstStart::importRequested, this, &BackupPage::importRequested);
    connect(m_first, &FirstStart::openBundleRequested, this, &BackupPage::openBundleRequested);
    connect(m_first, &FirstStart::folderRequested, m_destination, &Destination::browse);
    connect(&plan, &models::BackupPlan::contentChanged, this, &BackupPage::showActions);
    connect(&plan, &models::BackupPlan::groupsChanged, this, &BackupPage::showPlan);
    connect(&plan.hub(), &models::ClusterHub::clustersChanged, this, &BackupPage::showFirst);
    connect(&plan.hub(), &models::ClusterHub::clusterChanged, this, &BackupPage::showActions);
    connect(&queue, &BackupQueue::changed, this, &BackupPage::showQueue);
    connect(&queue, &BackupQueue::refused, this, &BackupPage::showRefusal);
    connect(&queue, &BackupQueue::runStarted, this, &BackupPage::runStarted);
    showFirst();
    showPlan();
    showQueue();
}

QWidget* BackupPage::makePlanPage()
{
    auto* page = new QWidget;
    m_refused = new Banner;
    m_details = makeButton(tr("Checks…"));
    m_details->setToolTip(tr("Shows everything that was checked."));
    m_refused->add(m_details);
    m_lock = makeButton(tr("Lock…"), u"lock"_s);
    m_lock->setObjectName(u"refusedLock"_s);
    m_lock->setToolTip(tr("Who holds the namespace, and what a lost run has left there"));
    m_refused->add(m_lock);
    connect(m_lock, &QPushButton::clicked, this, [this] {
        const auto locked = std::find_if(m_refusals.crbegin(), m_refusals.crend(), refusedByLock);
        if (locked != m_refusals.crend())
            Q_EMIT lockRequested(locked->where);
    });
    QPushButton* dismiss = makeButton(tr("Dismiss"));
    m_refused->add(dismiss);
    connect(dismiss, &QPushButton::clicked, this, [this] {
        m_refusals.clear();
        m_refused->hide();
        m_start->setFocus();
    });
    connect(m_details, &QPushButton::clicked, this, [this] {
        auto* dialog = new BackupDryRun(this);
        dialog->set(m_refusals);
        dialog->open();
    });
    m_running = new Banner;
    m_show = makeButton(tr("Show run"));
    m_cancel = makeButton(tr("Cancel waiting"));
    m_cancel->setToolTip(tr("Takes back what has not begun. The backup that runs is cancelled on its own page."));
    m_running->add(m_show);
    m_running->add(m_cancel);
    connect(m_cancel, &QPushButton::clicked, &m_queue, &BackupQueue::cancelWaiting);
    connect(m_show, &QPushButton::clicked, this, [this] {
        if (!m_queue.items().isEmpty() && m_queue.items().first().run)
            Q_EMIT showRunRequested(m_queue.items().first().run);
    });

    m_completeness = new Completeness;
    m_view = new PlanView(m_plan);
    m_empty = EmptyState::over(m_view, u"backup"_s, tr("Nothing in the plan yet"), tr("Drag components or a whole namespace from Clusters to this place, or select them there and press Enter."));
    m_zone = new DropZone(m_plan, *m_view->planModel());
    auto* zoneFrame = new QWidget;
    auto* zoneLayout = new QVBoxLayout(zoneFrame);
    zoneLayout->setContentsMargins(8, 6, 8, 8);
    zoneLayout->addWidget(m_zone);
    auto* panel = new Panel({});
    panel->body()->addWidget(m_view, 1);
    panel->body()->addWidget(zoneFrame);
    m_destination = new Destination(m_plan);
    m_commands = new Commands(m_plan);
    auto* below = new QSplitter(Qt::Horizontal);
    below->setObjectName(u"below"_s);
    below->setHandleWidth(between);
    below->addWidget(m_destination);
    below->addWidget(m_commands);
    below->setStretchFactor(1, 1);
    below->setSizes({optionsWidth, 2 * optionsWidth});
    below->setChildrenCollapsible(false);
    auto* split = new QSplitter(Qt::Vertical);
    split->setObjectName(u"split"_s);
    split->setHandleWidth(between);
    split->addWidget(panel);
    split->addWidget(below);
    split->setStretchFactor(0, 1);
    split->setStretchFactor(1, 1);
    split->setSizes({planHeight, belowHeight});
    split->setChildrenCollapsible(false);
    auto* content = new QWidget;
    auto* contentLayout = new QVBoxLayout(content);
    contentLayout->setContentsMargins(edge, between, edge, between);
    contentLayout->addWidget(split);
    m_bar = new ActionBar;
    m_dry = makeButton(tr("Dry run"));
    m_dry->setObjectName(u"dryRun"_s);
    m_start = makeButton(tr("Start backup"), {}, ButtonKind::Primary);
    m_start->setObjectName(u"start"_s);
    m_changeButton = makeButton(changeButtonText(m_change));
    m_changeButton->setObjectName(u"change"_s);
    m_changeButton->setToolTip(tr("What change this is part of: number, approval, reasons. The record of the run shows it."));
    connect(m_changeButton, &QPushButton::clicked, this, &BackupPage::editChange);
    m_bar->add(m_changeButton);
    m_bar->add(m_dry);
    m_bar->add(m_start);

    auto* layout = new QVBoxLayout(page);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_refused);
    layout->addWidget(m_running);
    layout->addWidget(m_completeness);
    layout->addWidget(content, 1);
    layout->addWidget(m_bar);

    connect(m_view, &PlanView::removeRequested, this, &BackupPage::remove);
    connect(m_view, &PlanView::componentsSelected, this, [this] {
        m_commands->select(m_view->selectedComponents());
        showPlan();
    });
    const auto hovered = [this](const QString& text, bool accepted) {
        m_zone->setHover(text, accepted);
        if (!accepted && !text.isEmpty())
            Q_EMIT message(text);
    };
    connect(m_view, &PlanView::hovered, this, hovered);
    connect(m_zone, &DropZone::hovered, this, hovered);
    connect(m_view->planModel(), &models::BackupPlanModel::dropped, this, [this](const QList<ComponentRef>& added) { m_view->reveal(added); });
    connect(m_completeness, &Completeness::addRequested, this, [this](const QList<ComponentRef>& components) { m_view->reveal(m_plan.add(components)); });
    connect(m_commands, &Commands::message, this, &BackupPage::message);
    connect(m_dry, &QPushButton::clicked, this, &BackupPage::dryRun);
    connect(m_start, &QPushButton::clicked, this, &BackupPage::start);
    return page;
}

void BackupPage::add(const QList<ComponentRef>& components)
{
    if (const QString refusal = m_plan.refusal(components); !refusal.isEmpty()) {
        Q_EMIT message(refusal);
        return;
    }
    const QList<ComponentRef> added = m_plan.add(components);
    m_view->reveal(added);
    Q_EMIT message(added.size() == 1 ? tr("%1 was added to the plan.").arg(added.first().component) : tr("%1 components were added to the plan.").arg(added.size()));
}

void BackupPage::remove(const QList<ComponentRef>& components)
{
    m_plan.remove(components);
    const QString what = components.size() == 1 ? (components.first().component.isEmpty() ? components.first().where.title() : components.first().component) : tr("%1 components").arg(components.size());
    Q_EMIT message(tr("Removed from the plan: %1. Ctrl+Z brings back.").arg(what));
}

const models::PlanGroup* BackupPage::currentGroup() const
{
    if (m_plan.groups().isEmpty())
        return nullptr;
    const ComponentRef current = m_view->planModel()->refOf(m_view->currentIndex());
    for (const models::PlanGroup& group : m_plan.groups()) {
        if (group.where == current.where)
            return &group;
    }
    return &m_plan.groups().first();
}

void BackupPage::showPlan()
{
    const models::PlanGroup* group = currentGroup();
    m_completeness->setVisible(group != nullptr);
    m_zone->parentWidget()->setVisible(group != nullptr);
    if (group)
        m_completeness->set(*group, m_plan.groups().size() > 1 ? group->where.title() : QString{});
    showActions();
}

void BackupPage::showActions()
{
    const QString undo = m_plan.undoText(), redo = m_plan.redoText();
    m_undoButton->setVisible(!undo.isEmpty());
    m_undoButton->setText(undo);
    m_undoButton->setAccessibleName(undo);
    m_undoButton->setToolTip(tr("Ctrl+Z"));
    m_undo->setText(undo.isEmpty() ? tr("Undo") : undo);
    m_undo->setEnabled(!undo.isEmpty());
    m_redo->setText(redo.isEmpty() ? tr("Redo") : redo);
    m_redo->setEnabled(!redo.isEmpty());
    m_save->setEnabled(m_plan.isModified() && !m_plan.isEmpty());

    const QString obstacle = m_plan.obstacle();
    const bool checking = std::any_of(m_queue.items().begin(), m_queue.items().end(), [](const BackupQueue::Item& item) { return item.state == BackupQueue::State::Checking; });
    m_bar->setSummary(!obstacle.isEmpty() ? obstacle
                      : !m_plan.changesCluster() ? tr("%1 steps. Nothing in the cluster is changed.").arg(m_plan.steps())
                                                 : tr("%1 steps. The writers of the admin side are stopped and started again.").arg(m_plan.steps()));
    m_start->setEnabled(obstacle.isEmpty() && !checking);
    m_start->setToolTip(!obstacle.isEmpty() ? obstacle : checking ? tr("The checks of a backup are running.") : tr("Checks what must hold, then reads the components into a bundle (Ctrl+Return)."));
    m_dry->setEnabled(obstacle.isEmpty());
    m_dry->setToolTip(obstacle.isEmpty() ? tr("Checks what must hold and shows the steps. Changes nothing and writes no bundle.") : obstacle);
}

void BackupPage::showFirst()
{
    const bool none = m_plan.hub().clusters().isEmpty() && m_plan.isEmpty();
    m_pages->setCurrentWidget(none ? static_cast<QWidget*>(m_first) : m_pages->widget(0));
    m_saved->setVisible(!none);
    if (!none)
        return;
    const models::Workplace& workplace = m_plan.workplace();
    workplace.inBackground(
        this, [&workplace, folder = m_plan.content().options.folder] { return models::readReadiness(folder, workplace.redactor); },
        [this](const models::Readiness& readiness) { m_first->set(readiness); });
}

void BackupPage::showQueue()
{
    const QList<BackupQueue::Item>& items = m_queue.items();
    const qsizetype waiting = std::count_if(items.begin(), items.end(), [](const BackupQueue::Item& item) { return item.state == BackupQueue::State::Waiting; });
    const bool checking = !items.isEmpty() && items.first().state == BackupQueue::State::Checking;
    m_running->setVisible(!items.isEmpty());
    if (!items.isEmpty()) {
        const QString title = items.first().job.selection.where.title();
        const QString rest = waiting == 0 ? QString{} : waiting == 1 ? tr("%1 waits for it.").arg(items.last().job.selection.where.title()) : tr("%1 more namespaces wait for it.").arg(waiting);
        m_running->show(Banner::Kind::Note, checking ? tr("%1 is being checked.").arg(title) : tr("%1 is being backed up.").arg(title), checking && rest.isEmpty() ? tr("The backup starts when nothing stands against it.") : rest);
        m_show->setVisible(!checking);
        m_cancel->setVisible(checking || waiting > 0);
        m_cancel->setText(checking ? tr("Cancel") : tr("Cancel waiting"));
    }
    showActions();
}

void BackupPage::showRefusal(const models::BackupPreparation& preparation)
{
    m_refusals.append(preparation);
    const models::Refusal refusal = models::refusalOf(preparation);
    m_lock->setVisible(std::any_of(m_refusals.cbegin(), m_refusals.cend(), refusedByLock));
    QStringList others;
    for (const models::BackupPreparation& each : std::as_const(m_refusals)) {
        if (each.where != preparation.where && !others.contains(each.where.title()))
            others.append(each.where.title());
    }
    m_refused->show(Banner::Kind::Error, refusal.title, others.isEmpty() ? refusal.text : tr("%1 Neither was: %2.").arg(refusal.text, others.join(u", "_s)));
    m_details->setFocus();
}

void BackupPage::editChange()
{
    auto* dialog = new ChangeDialog(m_change, this);
    connect(dialog, &ChangeDialog::chosen, this, &BackupPage::setChange);
    dialog->open();
}

void BackupPage::setChange(const record::Change& change)
{
    m_change = change;
    m_changeButton->setText(changeButtonText(m_change));
}

void BackupPage::start()
{
    if (!m_start->isEnabled())
        return;
    m_refusals.clear();
    m_refused->hide();
    m_queue.start(m_plan.jobs(), record::toJson(m_change));
    setChange({}); // another backup is part of another change
}

void BackupPage::dryRun()
{
    if (!m_dry->isEnabled())
        return;
    auto* dialog = new BackupDryRun(this);
    dialog->open();
    m_queue.dryRun(m_plan.jobs(), dialog, [dialog](const QList<models::BackupPreparation>& preparations) { dialog->set(preparations); });
}

void BackupPage::saveState(QSettings& settings) const
{
    Page::saveState(settings);
    settings.setValue(objectName() + u"/planName"_s, m_plan.name());
    settings.setValue(objectName() + u"/planContent"_s, QJsonDocument(models::toJson(m_plan.content())).toJson(QJsonDocument::Compact));
}

void BackupPage::restoreState(QSettings& settings)
{
    Page::restoreState(settings);
    const QByteArray json = settings.value(objectName() + u"/planContent"_s).toByteArray();
    if (const auto content = models::planContentFromJson(QJsonDocument::fromJson(json).object()))
        m_plan.restore(settings.value(objectName() + u"/planName"_s).toString(), *content);
    showFirst();
}

void BackupPage::activated()
{
    m_plan.refreshSaved();
    if (m_pages->currentWidget() == m_first)
        showFirst();
}

void BackupPage::refresh()
{
    for (const models::Selection& selection : m_plan.content().selections)
        m_plan.hub().refresh(selection.where);
    m_plan.refresh();
    showFirst();
}

void BackupPage::copyAsText()
{
    copyRows(m_view);
}

} // namespace scalekeep::widgets
