#include "widgets/restore/restorepage.h"

#include "models/common/components.h"
#include "models/common/format.h"
#include "widgets/common/icons.h"
#include "widgets/common/theme.h"
#include "widgets/record/changedialog.h"
#include "widgets/restore/bundlestep.h"
#include "widgets/restore/checkstep.h"
#include "widgets/restore/componentsstep.h"
#include "widgets/restore/confirmation.h"
#include "widgets/restore/dryrundialog.h"
#include "widgets/restore/resultstep.h"
#include "widgets/restore/stepbar.h"
#include "widgets/restore/targetstep.h"

#include <QDragEnterEvent>
#include <QHBoxLayout>
#include <QVBoxLayout>

namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;
using Step = models::RestoreSession::Step;

RestorePage::RestorePage(models::ClusterHub& clusters, models::RunHub& runs, QWidget* parent) : Page(u"restore"_s, parent), m_session(new models::RestoreSession(clusters, runs, this))
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    auto* head = new PageHead(tr("Restore"), this);
    m_bar = new StepBar(*m_session, head);
    head->left()->addWidget(m_bar);
    layout->addWidget(head);

    m_context = new QWidget(this);
    auto* line = new QHBoxLayout(m_context);
    line->setContentsMargins(16, 8, 16, 0);
    line->setSpacing(8);
    const auto picture = [this](const QString& name) {
        auto* label = new QLabel(m_context);
        label->setPixmap(icon(name).pixmap(16, 16));
        return label;
    };
    m_contextBundle = new ElidedLabel({}, Qt::ElideMiddle, m_context);
    m_contextTarget = new ElidedLabel({}, Qt::ElideRight, m_context);
    m_contextTarget->setTextFormat(Qt::PlainText);
    m_contextBundle->setTextFormat(Qt::PlainText);
    QFont bold = font();
    bold.setBold(true);
    m_contextTarget->setFont(bold);
    m_contextArrow = new QLabel(u"›"_s, m_context);
    m_chip = new Chip(m_context);
    m_contextCount = new QLabel(m_context);
    m_contextCount->setObjectName(u"contextCount"_s);
    m_contextCount->setForegroundRole(QPalette::PlaceholderText);
    line->addWidget(picture(u"bundle"_s));
    line->addWidget(m_contextBundle);
    line->addWidget(m_contextArrow);
    line->addWidget(picture(u"namespace"_s));
    line->addWidget(m_contextTarget);
    line->addWidget(m_chip);
    line->addWidget(m_contextCount);
    line->addStretch(1);
    layout->addWidget(m_context);

    m_banner = new Banner(this);
    m_login = makeButton(tr("Log in again…"), {}, ButtonKind::Plain, m_banner);
    m_login->setToolTip(tr("The choices on this page stay"));
    connect(m_login, &QPushButton::clicked, this, [this] {
        if (m_session->target())
            Q_EMIT loginWanted(m_session->target()->cluster);
    });
    m_banner->add(m_login);
    layout->addWidget(m_banner);

    m_stack = new QStackedWidget(this);
    m_bundle = new BundleStep(*m_session, m_stack);
    m_target = new TargetStep(*m_session, m_stack);
    m_components = new ComponentsStep(*m_session, m_stack);
    m_check = new CheckStep(*m_session, m_stack);
    m_result = new ResultStep(*m_session, m_stack);
    for (QWidget* each : QList<QWidget*>{m_bundle, m_target, m_components, m_check, m_result})
        m_stack->addWidget(each);
    layout->addWidget(m_stack, 1);

    auto* frame = new QWidget(this);
    auto* frameLayout = new QVBoxLayout(frame);
    frameLayout->setContentsMargins(16, 12, 16, 12);
    m_confirmation = new Confirmation(*m_session, frame);
    frameLayout->addWidget(m_confirmation);
    layout->addWidget(frame);

    m_actions = new ActionBar(this);
    m_back = makeButton(tr("Back"), {}, ButtonKind::Plain, m_actions);
    m_back->setObjectName(u"back"_s);
    m_changeButton = makeButton(changeButtonText(m_change), {}, ButtonKind::Plain, m_actions);
    m_changeButton->setObjectName(u"change"_s);
    m_changeButton->setToolTip(tr("What change this is part of: number, approval, reasons. The record of the run shows it."));
    m_dryRun = makeButton(tr("Dry run"), {}, ButtonKind::Plain, m_actions);
    m_dryRun->setObjectName(u"dryRun"_s);
    m_next = makeButton(tr("Continue"), {}, ButtonKind::Primary, m_actions);
    m_next->setObjectName(u"continue"_s);
    m_restore = makeButton(tr("Restore"), {}, ButtonKind::Danger, m_actions);
    m_restore->setObjectName(u"restoreButton"_s);
    for (QPushButton* button : {m_back, m_changeButton, m_dryRun, m_next, m_restore})
        m_actions->add(button);
    connect(m_back, &QPushButton::clicked, this, &RestorePage::back);
    connect(m_changeButton, &QPushButton::clicked, this, &RestorePage::editChange);
    connect(m_dryRun, &QPushButton::clicked, this, &RestorePage::dryRun);
    connect(m_next, &QPushButton::clicked, this, &RestorePage::next);
    connect(m_restore, &QPushButton::clicked, this, &RestorePage::start);
    layout->addWidget(m_actions);

    connect(m_bundle, &BundleStep::goOn, this, &RestorePage::next);
    connect(m_target, &TargetStep::goOn, this, &RestorePage::next);
    connect(m_check, &CheckStep::lockWanted, this, [this] {
        if (m_session->target())
            Q_EMIT lockWanted(models::NamespaceRef(*m_session->target()));
    });
    connect(m_result, &ResultStep::runWanted, this, [this] {
        if (m_session->run())
            Q_EMIT runWanted(m_session->run());
    });
    connect(m_result, &ResultStep::anotherWanted, this, [this] { begin({}, {}); });
    connect(m_session, &models::RestoreSession::changed, this, &RestorePage::update);
    connect(m_session, &models::RestoreSession::stepChanged, this, &RestorePage::showStep);
    setAcceptDrops(true);
    showStep();
}

RestorePage::~RestorePage() = default;

void RestorePage::setBundles(QAbstractItemModel* model, int pathRole)
{
    m_bundle->setBundles(model, pathRole);
}

void RestorePage::begin(const QString& bundlePath, const std::optional<models::NamespaceRef>& target, const QJsonObject& choices)
{
    setChange({}); // another restore is part of another change
    m_session->begin(bundlePath, target, choices);
}

void RestorePage::editChange()
{
    auto* dialog = new ChangeDialog(m_change, this);
    connect(dialog, &ChangeDialog::chosen, this, &RestorePage::setChange);
    dialog->open();
}

void RestorePage::setChange(const record::Change& change)
{
    m_change = change;
    m_session->setChange(record::toJson(change));
    m_changeButton->setText(changeButtonText(change));
}

void RestorePage::activated()
{
    update();
}

void RestorePage::refresh()
{
    if (m_session->step() == Step::Check)
        m_session->check();
}

QAbstractButton* RestorePage::mainButton()
{
    return m_session->step() < Step::Check ? m_next : nullptr;
}

void RestorePage::copyAsText()
{
    switch (m_session->step()) {
    case Step::Bundle:
        copyRows(m_bundle->view());
        break;
    case Step::Target:
        copyRows(m_target->view());
        break;
    case Step::Components:
        copyRows(m_components->view());
        break;
    case Step::Check:
        m_check->copyAsText();
        break;
    case Step::Run:
    case Step::Result:
        m_result->copyAsText();
        break;
    }
}

void RestorePage::back()
{
    // What stands against the step before is settled in an earlier one.
    for (int step = int(m_session->step()) - 1; step >= int(Step::Bundle); --step) {
        if (m_session->canGoTo(Step(step))) {
            m_session->goTo(Step(step));
            return;
        }
    }
}

void RestorePage::next()
{
    if (m_session->step() < Step::Check)
        m_session->goTo(Step(int(m_session->step()) + 1));
}

void RestorePage::start()
{
    if (models::RunState* run = m_session->start())
        Q_EMIT runStarted(run);
    else
        update(); // the checks became too old while the computer slept
}

void RestorePage::dryRun()
{
    if (!m_session->preparation())
        return;
    auto* dialog = new DryRunDialog(m_session->preparation()->plan, m_session->checks()->asText() + u'\n' + m_session->changes()->asText(), this);
    dialog->open();
}

void RestorePage::showStep()
{
    const Step step = m_session->step();
    m_stack->setCurrentIndex(std::min(int(step), 4));
    update();
    if (!isVisible())
        return;
    // The focus goes where the next decision is.
    switch (step) {
    case Step::Bundle:
        m_bundle->view()->setFocus();
        break;
    case Step::Target:
        m_target->view()->setFocus();
        break;
    case Step::Components:
        m_components->view()->setFocus();
        break;
    case Step::Check:
        m_check->checks()->setFocus();
        break;
    case Step::Run:
    case Step::Result:
        m_result->setFocus();
        break;
    }
}

void RestorePage::update()
{
    const Step step = m_session->step();
    m_bar->update();
    m_bundle->update();
    m_target->update();
    m_components->update();
    m_check->update();
    m_result->update();
    m_confirmation->update();

    m_context->setVisible(step != Step::Bundle && m_session->header());
    if (m_session->header()) {
        const QString taken = models::formatMoment(m_session->header()->started);
        m_contextBundle->setText(tr("Bundle of %1").arg(taken.isEmpty() ? taken : taken.left(1).toLower() + taken.mid(1)));
        m_contextBundle->setToolTip(m_session->bundlePath());
    }
    m_contextTarget->setText(m_session->target() ? m_session->target()->title() : tr("no target yet"));
    m_chip->set(m_session->production() ? tr("Production") : QString{}, theme::clusterColour(m_session->clusterColour()));
    const qsizetype count = m_session->toRestore().size();
    m_contextCount->setText(step >= Step::Components ? tr("%1 of %2 components").arg(count).arg(m_session->components()->available().size()) : QString{});

    const auto& error = step == Step::Check ? m_session->checkError() : step == Step::Bundle ? m_session->bundleError() : std::optional<Error>{};
    if (error) {
        m_banner->show(Banner::Kind::Error, error->message, error->hint);
        m_login->setVisible(error->code == ErrorCode::NotLoggedIn);
    } else if (step == Step::Check && m_session->changedSince()) {
        m_banner->show(Banner::Kind::Warning, tr("The namespace or its checks are not as they were"), tr("What was typed has been cleared: look again before you confirm."));
        m_login->setVisible(false);
    } else {
        m_banner->hide();
    }

    m_confirmation->parentWidget()->setVisible(step == Step::Check);
    const QString why = m_session->whyNot(step);
    m_actions->setVisible(step <= Step::Check);
    m_back->setVisible(step > Step::Bundle);
    m_changeButton->setVisible(step == Step::Components || step == Step::Check);
    m_dryRun->setVisible(step == Step::Check);
    m_dryRun->setEnabled(m_session->preparation() != nullptr);
    m_dryRun->setToolTip(tr("Show the whole plan as text; nothing is changed"));
    m_next->setVisible(step < Step::Check);
    m_next->setEnabled(why.isEmpty());
    m_next->setToolTip(why.isEmpty() ? tr("On to the next step (Ctrl+Return)") : why);
    m_restore->setVisible(step == Step::Check);
    m_restore->setText(count == 1 ? tr("Restore 1 component") : tr("Restore %1 components").arg(count));
    m_restore->setEnabled(m_session->canStart());
    m_restore->setToolTip(why.isEmpty() ? tr("Overwrites the data and proves it afterwards") : why);
    if (step == Step::Check)
        m_actions->setSummary(m_session->summary());
    else
        m_actions->setSummary(why);
}

void RestorePage::dragEnterEvent(QDragEnterEvent* event)
{
    if (m_session->step() != Step::Run && !models::bundlesIn(event->mimeData()).isEmpty())
        event->acceptProposedAction();
}

void RestorePage::dropEvent(QDropEvent* event)
{
    const QStringList paths = models::bundlesIn(event->mimeData());
    if (paths.isEmpty())
        return;
    event->acceptProposedAction();
    begin(paths.first(), {});
}

} // namespace scalekeep::widgets
