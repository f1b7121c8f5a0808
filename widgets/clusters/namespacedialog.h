#pragma once

#include "models/clusters/clusterhub.h"
#include "widgets/common/parts.h"

#include <QDialog>

namespace scalekeep::widgets {

/// Adds a namespace by name, for users who may not list projects. Stays open until the namespace could be read. The hub outlives it.
class AddNamespaceDialog : public QDialog {
    Q_OBJECT
public:
    AddNamespaceDialog(models::ClusterHub& hub, const QString& cluster, QWidget* parent = nullptr);

private:
    void updateState();
    void tryToAdd();

    models::ClusterHub& m_hub;
    QString m_cluster;
    QLineEdit* m_name;
    QLabel* m_state;
    GlyphLabel* m_glyph;
    Banner* m_banner;
    QPushButton* m_add;
    bool m_busy = false;
};

} // namespace scalekeep::widgets
