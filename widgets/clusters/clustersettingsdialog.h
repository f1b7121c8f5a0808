#pragma once

#include "models/clusters/clusterhub.h"
#include "widgets/common/parts.h"

#include <QDialog>

class QCheckBox;
class QListWidget;

namespace scalekeep::widgets {

class ColourPicker;

/// Colour, production, read-only, and the namespaces that were typed. The hub outlives it.
class ClusterSettingsDialog : public QDialog {
    Q_OBJECT
public:
    ClusterSettingsDialog(models::ClusterHub& hub, const cluster::Cluster& cluster, QWidget* parent = nullptr);

private:
    void removeNamespaces();
    void save();

    models::ClusterHub& m_hub;
    cluster::Cluster m_cluster;
    ColourPicker* m_colour;
    QCheckBox *m_production, *m_readOnly;
    QListWidget* m_namespaces;
    Banner* m_banner;
    QPushButton* m_save;
};

} // namespace scalekeep::widgets
