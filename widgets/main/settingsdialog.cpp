#include "widgets/main/settingsdialog.h"

#include "models/backup/backupplan.h"
#include "widgets/common/parts.h"
#include "widgets/common/theme.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QFileDialog>
#include <QFormLayout>
#include <QSettings>
#include <QStandardPaths>
#include <QVBoxLayout>

namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;

namespace {
QWidget* withBrowse(QLineEdit* edit, const QString& what, std::function<QString()> choose)
{
    auto* row = new QWidget;
    auto* layout = new QHBoxLayout(row);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(edit, 1);
    auto* browse = makeButton(SettingsDialog::tr("Browse…"), {}, ButtonKind::Plain, row);
    browse->setAccessibleName(what);
    QObject::connect(browse, &QPushButton::clicked, edit, [edit, choose] {
        if (const QString chosen = choose(); !chosen.isEmpty())
            edit->setText(chosen);
    });
    layout->addWidget(browse);
    return row;
}
} // namespace

namespace settings {
QString bundleFolder(const QSettings& settings)
{
    const QString set = settings.value(u"bundleFolder"_s).toString();
    return set.isEmpty() ? models::BackupPlan::defaultFolder() : set;
}

void applyAppearance(const QSettings& settings)
{
    const QString choice = settings.value(u"appearance"_s).toString();
    theme::choose(choice == u"light" ? theme::Choice::Light : choice == u"dark" ? theme::Choice::Dark : theme::Choice::System);
}

void applyClient(const QSettings& settings)
{
    static const bool fromEnvironment = qEnvironmentVariableIsSet("SCALEKEEP_OC");
    const QString client = settings.value(u"oc"_s).toString();
    if (fromEnvironment)
        return;
    if (client.isEmpty())
        qunsetenv("SCALEKEEP_OC");
    else
        qputenv("SCALEKEEP_OC", client.toLocal8Bit());
}
} // namespace settings

SettingsDialog::SettingsDialog(QSettings& settings, QWidget* parent) : QDialog(parent), m_settings(settings), m_appearance(new QComboBox(this)), m_client(new QLineEdit(this)), m_folder(new QLineEdit(this)), m_problem(new QLabel(this))
{
    setWindowTitle(tr("Settings"));
    setMinimumWidth(560);
    m_appearance->addItem(tr("As the system"), u"system"_s);
    m_appearance->addItem(tr("Light"), u"light"_s);
    m_appearance->addItem(tr("Dark"), u"dark"_s);
    m_appearance->setCurrentIndex(std::max(0, m_appearance->findData(settings.value(u"appearance"_s))));
    m_client->setText(settings.value(u"oc"_s).toString());
    m_client->setPlaceholderText(tr("oc, found in the search path"));
    m_folder->setText(settings::bundleFolder(settings));
    m_problem->setWordWrap(true);
    m_problem->setTextFormat(Qt::PlainText);
    m_problem->hide();

    auto* form = new QFormLayout;
    form->setSpacing(8);
    form->addRow(tr("Appearance"), m_appearance);
    auto* client = withBrowse(m_client, tr("Browse for the oc client"), [this] { return QFileDialog::getOpenFileName(this, tr("The oc client"), m_client->text()); });
    form->addRow(tr("oc client"), client);
    auto* folder = withBrowse(m_folder, tr("Browse for the bundle folder"), [this] { return QFileDialog::getExistingDirectory(this, tr("Folder for bundles"), m_folder->text()); });
    form->addRow(tr("Bundle folder"), folder);
    m_appearance->setAccessibleName(tr("Appearance"));
    m_client->setAccessibleName(tr("oc client"));
    m_folder->setAccessibleName(tr("Bundle folder"));
    if (qEnvironmentVariableIsSet("SCALEKEEP_OC") && m_client->text().isEmpty()) {
        m_client->setPlaceholderText(tr("%1, from SCALEKEEP_OC").arg(qEnvironmentVariable("SCALEKEEP_OC")));
        client->setToolTip(tr("The environment variable SCALEKEEP_OC names the client."));
    }
    auto* buttons = new QDialogButtonBox(this);
    buttons->addButton(makeButton(tr("Cancel"), {}, ButtonKind::Plain, this), QDialogButtonBox::RejectRole);
    auto* save = makeButton(tr("Save settings"), {}, ButtonKind::Primary, this);
    save->setDefault(true);
    buttons->addButton(save, QDialogButtonBox::AcceptRole);
    connect(buttons, &QDialogButtonBox::accepted, this, &SettingsDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(16, 16, 16, 16);
    layout->setSpacing(12);
    layout->addLayout(form);
    layout->addWidget(m_problem);
    layout->addWidget(buttons);
}

void SettingsDialog::accept()
{
    const QString client = m_client->text().trimmed(), folder = m_folder->text().trimmed();
    const QFileInfo file(client);
    if (!client.isEmpty() && QStandardPaths::findExecutable(client).isEmpty() && !(file.isAbsolute() && file.isExecutable())) {
        m_problem->setText(tr("“%1” is no program that can be run. Leave the field empty to use oc from the search path.").arg(client));
        m_problem->show();
        m_client->setFocus();
        return;
    }
    if (folder.isEmpty() || !QDir().mkpath(folder)) {
        m_problem->setText(tr("The folder “%1” does not exist and cannot be made. Choose another one.").arg(folder));
        m_problem->show();
        m_folder->setFocus();
        return;
    }
    m_settings.setValue(u"appearance"_s, m_appearance->currentData());
    m_settings.setValue(u"oc"_s, client);
    m_settings.setValue(u"bundleFolder"_s, folder);
    settings::applyAppearance(m_settings);
    settings::applyClient(m_settings);
    QDialog::accept();
}

} // namespace scalekeep::widgets
