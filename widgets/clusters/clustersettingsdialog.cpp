#include "widgets/clusters/clustersettingsdialog.h"

#include "widgets/clusters/colourpicker.h"

#include <QCheckBox>
#include <QFormLayout>
#include <QListWidget>

namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;

ClusterSettingsDialog::ClusterSettingsDialog(models::ClusterHub& hub, const cluster::Cluster& cluster, QWidget* parent) : QDialog(parent), m_hub(hub), m_cluster(cluster)
{
    setObjectName(u"clusterSettings"_s);
    setWindowTitle(tr("Settings of %1").arg(cluster.name));
    setWindowModality(Qt::WindowModal);
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(0);
    auto* form = new QFormLayout;
    form->setContentsMargins(20, 16, 20, 12);
    form->setHorizontalSpacing(10);
    form->setVerticalSpacing(8);
    form->setLabelAlignment(Qt::AlignRight);
    auto* server = new ElidedLabel(cluster.server.toString(), Qt::ElideMiddle, this);
    server->setMinimumWidth(320); // and not the dialog: its own minimum would stand over that of its texts
    m_colour = new ColourPicker(this);
    m_colour->setColour(cluster.colour);
    m_production = new QCheckBox(tr("Production"), this);
    m_production->setObjectName(u"production"_s);
    m_production->setToolTip(tr("Shows the word beside the cluster’s name on every page that acts on it"));
    m_production->setChecked(cluster.production);
    m_readOnly = new QCheckBox(tr("Read only: backup and compare, no restore"), this);
    m_readOnly->setObjectName(u"readOnly"_s);
    m_readOnly->setToolTip(tr("This program then changes nothing in the cluster"));
    m_readOnly->setChecked(cluster.readOnly);
    form->addRow(tr("Server"), server);
    form->addRow(tr("Colour"), m_colour);
    form->addRow(QString(), m_production);
    form->addRow(QString(), m_readOnly);
    m_namespaces = new QListWidget(this);
    m_namespaces->setObjectName(u"typedNamespaces"_s);
    m_namespaces->setAccessibleName(tr("Namespaces added by name"));
    m_namespaces->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_namespaces->setMaximumHeight(120);
    m_namespaces->addItems(cluster.namespaces);
    auto* remove = makeButton(tr("Remove from list"), u"trash"_s, ButtonKind::Plain, this);
    remove->setObjectName(u"removeNamespaces"_s);
    remove->setToolTip(tr("The namespace itself stays as it is"));
    remove->setEnabled(false);
    auto* names = new QVBoxLayout;
    names->addWidget(m_namespaces);
    names->addWidget(remove, 0, Qt::AlignLeft);
    form->addRow(tr("Added namespaces"), names);
    if (cluster.namespaces.isEmpty())
        form->setRowVisible(names, false);
    m_banner = new Banner(this);
    form->addRow(m_banner);
    all->addLayout(form, 1);
    auto* foot = new ActionBar(this);
    auto* cancel = makeButton(tr("Cancel"), {}, ButtonKind::Plain, this);
    m_save = makeButton(tr("Save"), {}, ButtonKind::Primary, this);
    m_save->setObjectName(u"save"_s);
    m_save->setDefault(true);
    foot->add(cancel);
    foot->add(m_save);
    all->addWidget(foot);
    connect(m_namespaces, &QListWidget::itemSelectionChanged, this, [this, remove] { remove->setEnabled(!m_namespaces->selectedItems().isEmpty()); });
    connect(remove, &QPushButton::clicked, this, &ClusterSettingsDialog::removeNamespaces);
    connect(cancel, &QPushButton::clicked, this, &QDialog::reject);
    connect(m_save, &QPushButton::clicked, this, &ClusterSettingsDialog::save);
}

void ClusterSettingsDialog::removeNamespaces()
{
    qDeleteAll(m_namespaces->selectedItems());
}

void ClusterSettingsDialog::save()
{
    m_cluster.colour = m_colour->colour();
    m_cluster.production = m_production->isChecked();
    m_cluster.readOnly = m_readOnly->isChecked();
    m_cluster.namespaces.clear();
    for (int row = 0; row < m_namespaces->count(); ++row)
        m_cluster.namespaces.append(m_namespaces->item(row)->text());
    m_save->setEnabled(false);
    m_hub.update(m_cluster, this, [this](const Result<void>& done) {
        m_save->setEnabled(true);
        if (done)
            accept();
        else
            m_banner->show(Banner::Kind::Error, done.error().message, done.error().hint);
    });
}

} // namespace scalekeep::widgets
