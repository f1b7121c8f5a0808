#include "widgets/backup/commands.h"

#include "engine/base/files.h"

#include <QClipboard>
#include <QDir>
#include <QFileDialog>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QSaveFile>
#include <QScrollBar>

namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;

Commands::Commands(models::BackupPlan& plan, QWidget* parent)
    : Panel(tr("Commands"), parent), m_plan(plan), m_view(new CommandView), m_copy(makeButton(tr("Copy"), u"copy"_s, ButtonKind::Flat)), m_export(makeButton(tr("Export script…"), u"export"_s, ButtonKind::Flat))
{
    setObjectName(u"commands"_s);
    m_view->setFrameShape(QFrame::NoFrame);
    m_view->setAccessibleName(tr("Commands that will run"));
    m_copy->setProperty("small", true);
    m_copy->setToolTip(tr("Copies the commands that are shown."));
    m_copy->setAccessibleName(tr("Copy the commands"));
    m_export->setProperty("small", true);
    m_export->setToolTip(tr("Saves the commands of the whole plan as a shell script."));
    m_export->setAccessibleName(tr("Export the commands as a script"));
    tools()->addWidget(m_copy);
    tools()->addWidget(m_export);
    body()->addWidget(m_view);
    connect(m_copy, &QPushButton::clicked, this, [this] {
        QGuiApplication::clipboard()->setText(m_view->toPlainText());
        Q_EMIT message(tr("The commands were copied."));
    });
    connect(m_export, &QPushButton::clicked, this, &Commands::exportScript);
    connect(&plan, &models::BackupPlan::groupsChanged, this, &Commands::show);
    show();
}

void Commands::select(const QList<models::ComponentRef>& components)
{
    if (m_selected == components)
        return;
    m_selected = components;
    show();
}

void Commands::show()
{
    const models::BackupPlan::CommandText commands = m_plan.commands(m_selected);
    setTitle(tr("Commands"), commands.part);
    if (m_view->toPlainText() != commands.text) {
        const int position = m_view->verticalScrollBar()->value();
        m_view->setPlainText(commands.text);
        m_view->verticalScrollBar()->setValue(position);
    }
    m_copy->setEnabled(!commands.text.isEmpty());
    m_export->setEnabled(m_plan.steps() > 0);
}

void Commands::exportScript()
{
    auto* dialog = new QFileDialog(this, tr("Export script"), QDir::home().filePath(u"backup.sh"_s), tr("Shell scripts (*.sh)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(u"sh"_s);
    connect(dialog, &QFileDialog::fileSelected, this, &Commands::writeScript);
    dialog->open();
}

void Commands::writeScript(const QString& path)
{
    m_plan.workplace().inBackground(
        this,
        [path, script = m_plan.script().toUtf8()]() -> Result<void> {
            QSaveFile file(path);
            if (!file.open(QIODevice::WriteOnly) || file.write(script) != script.size())
                return fail(fileError(Commands::tr("Writing %1").arg(path), file));
            file.setPermissions(QFileDevice::ReadOwner | QFileDevice::WriteOwner | QFileDevice::ExeOwner);
            if (!file.commit())
                return fail(fileError(Commands::tr("Writing %1").arg(path), file));
            return {};
        },
        [this, path](const Result<void>& result) {
            if (result)
                Q_EMIT message(tr("The script was saved as %1.").arg(QDir::toNativeSeparators(path)));
            else
                showError(this, tr("Exporting the script"), result.error());
        });
}

} // namespace scalekeep::widgets
