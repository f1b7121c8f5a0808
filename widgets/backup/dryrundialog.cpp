#include "widgets/backup/dryrundialog.h"

#include "widgets/common/delegates.h"
#include "widgets/common/parts.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QTreeView>

#include <algorithm>

namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;

BackupDryRun::BackupDryRun(QWidget* parent)
    : QDialog(parent), m_model(new models::PreparationModel(this)), m_summary(new QLabel(tr("The cluster is being asked. Nothing is changed."))), m_progress(new ThinProgress), m_view(new QTreeView)
{
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("Dry run"));
    resize(820, 520);
    m_summary->setTextFormat(Qt::PlainText);
    m_summary->setWordWrap(true);
    m_progress->setPercent(-1);
    m_view->setModel(m_model);
    m_view->setItemDelegate(new RowDelegate(m_view));
    m_view->setUniformRowHeights(true);
    m_view->setAccessibleName(tr("Checks and steps"));
    m_view->setIndentation(16);
    m_view->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_view->header()->resizeSection(models::PreparationModel::What, 330);
    QPushButton* copy = makeButton(tr("Copy as text"), u"copy"_s);
    connect(copy, &QPushButton::clicked, this, [this] { copyRows(m_view); });
    QPushButton* close = makeButton(tr("Close"));
    close->setDefault(true);
    connect(close, &QPushButton::clicked, this, &QDialog::accept);

    auto* buttons = new QHBoxLayout;
    buttons->addWidget(copy);
    buttons->addStretch();
    buttons->addWidget(close);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(16, 16, 16, 16);
    layout->setSpacing(12);
    layout->addWidget(m_summary);
    layout->addWidget(m_progress);
    layout->addWidget(m_view, 1);
    layout->addLayout(buttons);
}

void BackupDryRun::set(const QList<models::BackupPreparation>& preparations)
{
    m_model->set(preparations);
    m_view->expandAll();
    m_progress->hide();
    const auto ready = std::count_if(preparations.begin(), preparations.end(), [](const models::BackupPreparation& each) { return each.mayStart(); });
    m_summary->setText(ready == preparations.size() ? tr("The backup can start. Nothing was changed, and no bundle was written.")
                       : preparations.size() == 1   ? tr("The backup cannot start yet: see what failed and what to do. Nothing was changed.")
                                                    : tr("%1 of %2 backups can start: see what failed and what to do. Nothing was changed.").arg(ready).arg(preparations.size()));
}

} // namespace scalekeep::widgets
