#include "widgets/backup/savedplans.h"

#include "models/common/format.h"
#include "widgets/common/parts.h"

#include <QAction>
#include <QComboBox>
#include <QHBoxLayout>
#include <QInputDialog>
#include <QMenu>

namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr int choiceWidth = 212;
}

SavedPlans::SavedPlans(models::BackupPlan& plan, QWidget* parent)
    : QWidget(parent), m_plan(plan), m_choice(new QComboBox), m_save(makeButton(tr("Save plan"), u"save"_s, ButtonKind::Flat)), m_more(makeToolButton(u"more"_s, tr("More about saved plans")))
{
    m_choice->setObjectName(u"savedPlans"_s);
    m_choice->setAccessibleName(tr("Saved plan"));
    m_choice->setToolTip(tr("A saved plan holds components and options."));
    m_choice->setFixedWidth(choiceWidth);
    m_choice->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_save->setObjectName(u"savePlan"_s);
    m_save->setAccessibleName(tr("Save plan"));
    auto* menu = new QMenu(m_more);
    menu->addAction(tr("New plan"), this, [this] { whenSure([this] { m_plan.startNew(); }); });
    menu->addSeparator();
    menu->addAction(tr("Save plan as…"), this, [this] { saveAs(); });
    m_rename = menu->addAction(tr("Rename plan…"), this, &SavedPlans::rename);
    m_remove = menu->addAction(tr("Delete plan…"), this, &SavedPlans::remove);
    m_more->setMenu(menu);
    m_more->setPopupMode(QToolButton::InstantPopup);

    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(8);
    layout->addWidget(m_choice);
    layout->addWidget(m_save);
    layout->addWidget(m_more);
    connect(m_choice, &QComboBox::activated, this, [this](int index) {
        const QString name = m_choice->itemData(index).toString();
        show(); // Stands on the plan that is there until the other one is.
        if (index == 0 && !m_plan.name().isEmpty())
            whenSure([this] { m_plan.startNew(); });
        else if (name != m_plan.name())
            load(name);
    });
    connect(m_save, &QPushButton::clicked, this, &SavedPlans::save);
    connect(&plan, &models::BackupPlan::savedChanged, this, &SavedPlans::show);
    connect(&plan, &models::BackupPlan::contentChanged, this, &SavedPlans::show);
    show();
}

void SavedPlans::show()
{
    const QSignalBlocker blocker(m_choice);
    const bool modified = m_plan.isModified() && !m_plan.isEmpty();
    m_choice->clear();
    m_choice->addItem(m_plan.name().isEmpty() && modified ? tr("New plan, not saved") : tr("New plan"), QString{});
    for (const models::planstore::Saved& each : m_plan.savedPlans()) {
        const bool current = each.name == m_plan.name();
        m_choice->addItem(current && modified ? tr("%1 (changed)").arg(each.name) : each.name, each.name);
        m_choice->setItemData(m_choice->count() - 1, tr("Saved %1").arg(models::formatMoment(each.saved)), Qt::ToolTipRole);
        if (current)
            m_choice->setCurrentIndex(m_choice->count() - 1);
    }
    m_save->setEnabled(modified);
    m_save->setToolTip(modified ? tr("Saves the components and options under a name (Ctrl+S).") : tr("Nothing has changed since the plan was saved."));
    m_rename->setEnabled(!m_plan.name().isEmpty());
    m_remove->setEnabled(!m_plan.name().isEmpty());
}

void SavedPlans::askName(const QString& title, const QString& verb, const QString& name, std::function<void(const QString&)> then)
{
    auto* dialog = new QInputDialog(this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(title);
    dialog->setLabelText(tr("Name of the plan"));
    dialog->setTextValue(name);
    dialog->setOkButtonText(verb);
    connect(dialog, &QInputDialog::textValueSelected, this, [then = std::move(then)](const QString& text) { then(text.trimmed()); });
    dialog->open();
}

void SavedPlans::whenSure(const std::function<void()>& then)
{
    if (!m_plan.isModified() || m_plan.isEmpty()) {
        then();
        return;
    }
    ask(this, tr("Discard the changes?"), tr("The plan on the page has changes that are not saved."), tr("Discard changes"), ButtonKind::Plain, then);
}

void SavedPlans::save()
{
    if (!m_plan.isModified() || m_plan.isEmpty())
        return;
    if (m_plan.name().isEmpty()) {
        saveAs();
        return;
    }
    const QString name = m_plan.name();
    m_plan.save(name, true, this, [this, name](const Result<void>& result) {
        if (result)
            Q_EMIT message(tr("The plan “%1” was saved.").arg(name));
        else
            showError(this, tr("Saving the plan"), result.error());
    });
}

void SavedPlans::saveAs()
{
    const QString proposal = !m_plan.name().isEmpty() ? m_plan.name() : m_plan.isEmpty() ? QString{} : m_plan.content().selections.first().where.title();
    askName(tr("Save plan"), tr("Save plan"), proposal, [this](const QString& name) { saveAs(name); });
}

void SavedPlans::saveAs(const QString& name)
{
    m_plan.save(name, name == m_plan.name(), this, [this, name](const Result<void>& result) {
        if (result) {
            Q_EMIT message(tr("The plan “%1” was saved.").arg(name));
        } else if (result.error().code == ErrorCode::AlreadyExists) {
            ask(this, tr("Overwrite “%1”?").arg(name), tr("There is another plan of this name. Its components and options are replaced."), tr("Overwrite plan"), ButtonKind::Plain,
                [this, name] { m_plan.save(name, true, this, [this](const Result<void>& again) {
                      if (!again)
                          showError(this, tr("Saving the plan"), again.error());
                  }); });
        } else {
            showError(this, tr("Saving the plan"), result.error());
        }
    });
}

void SavedPlans::load(const QString& name)
{
    whenSure([this, name] {
        m_plan.load(name, this, [this](const Result<void>& result) {
            if (!result)
                showError(this, tr("Opening the plan"), result.error());
        });
    });
}

void SavedPlans::rename()
{
    askName(tr("Rename plan"), tr("Rename plan"), m_plan.name(), [this](const QString& name) {
        if (name == m_plan.name())
            return;
        m_plan.rename(name, this, [this](const Result<void>& result) {
            if (!result)
                showError(this, tr("Renaming the plan"), result.error());
        });
    });
}

void SavedPlans::remove()
{
    const QString name = m_plan.name();
    ask(this, tr("Delete the plan “%1”?").arg(name), tr("Only the saved plan is deleted. Bundles stay, and so do the components on the page."), tr("Delete plan"), ButtonKind::Plain, [this, name] {
        m_plan.removeSaved(name, this, [this](const Result<void>& result) {
            if (!result)
                showError(this, tr("Deleting the plan"), result.error());
        });
    });
}

} // namespace scalekeep::widgets
