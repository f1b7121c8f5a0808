#include "widgets/restore/dryrundialog.h"

#include "models/restore/restoretext.h"
#include "widgets/common/parts.h"

#include <QClipboard>
#include <QFileDialog>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QSaveFile>
#include <QVBoxLayout>

namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;

DryRunDialog::DryRunDialog(const plan::Plan& plan, const QString& checks, QWidget* parent) : QDialog(parent)
{
    setObjectName(u"dryRunDialog"_s);
    setWindowTitle(tr("Dry run"));
    setAttribute(Qt::WA_DeleteOnClose);
    resize(860, 620);
    auto* layout = new QVBoxLayout(this);
    layout->setSpacing(8);
    auto* title = new ElidedLabel(tr("What a restore into %1 / %2 would do. Nothing was changed.").arg(plan.cluster, plan.namespaceName), Qt::ElideRight, this);
    title->setTextFormat(Qt::PlainText);
    layout->addWidget(title);
    auto* view = new CommandView(this);
    view->setObjectName(u"dryRunText"_s);
    view->setAccessibleName(tr("Plan as text"));
    QString text;
    for (const QString& line : checks.split(u'\n'))
        text += line.isEmpty() ? u"\n"_s : u"# "_s + line + u'\n';
    plan::Plan steps = plan;
    steps.warnings.clear(); // they stand among the checks
    text += models::planAsText(steps);
    view->setPlainText(text);
    layout->addWidget(view, 1);
    auto* row = new QHBoxLayout;
    auto* copy = makeButton(tr("Copy as text"), u"copy"_s, ButtonKind::Plain, this);
    copy->setObjectName(u"copyPlan"_s);
    auto* script = makeButton(tr("Export script…"), u"export"_s, ButtonKind::Plain, this);
    script->setObjectName(u"exportScript"_s);
    script->setToolTip(tr("The commands as a commented shell script; secret values are left out"));
    auto* close = makeButton(tr("Close"), {}, ButtonKind::Plain, this);
    connect(copy, &QPushButton::clicked, this, [text] { QGuiApplication::clipboard()->setText(text); });
    connect(script, &QPushButton::clicked, this, [this, text = plan::toShell(plan)] { exportScript(text); });
    connect(close, &QPushButton::clicked, this, &QDialog::reject);
    row->addWidget(copy);
    row->addWidget(script);
    row->addStretch(1);
    row->addWidget(close);
    layout->addLayout(row);
    close->setFocus();
}

void DryRunDialog::exportScript(const QString& script)
{
    auto* dialog = new QFileDialog(this, tr("Export script"), u"restore.sh"_s, tr("Shell scripts (*.sh)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(u"sh"_s);
    connect(dialog, &QFileDialog::fileSelected, this, [this, script](const QString& path) {
        QSaveFile file(path);
        const QByteArray bytes = script.toUtf8();
        if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size() || !file.commit())
            showError(this, tr("Exporting the script"), {ErrorCode::Io, tr("The script could not be written to “%1”: %2.").arg(path, file.errorString()), {}, tr("Choose another folder.")});
    });
    dialog->open();
}

} // namespace scalekeep::widgets
