#pragma once

#include "models/bundles/bundlejobs.h"
#include "models/bundles/contenttree.h"
#include "widgets/common/parts.h"

#include <QDialog>

class QCheckBox;
class QListWidget;
class QListWidgetItem;

namespace scalekeep::widgets {

/// Asks what to extract from a bundle and where to. Window modal; deletes itself when it is closed. GUI thread.
class ExtractDialog : public QDialog {
    Q_OBJECT
public:
    /// `selected`: components that are checked at first, all if empty. `file`: may be null; else offered alone.
    ExtractDialog(const models::BundleInfo& bundle, const QStringList& selected, const models::ContentNode* file, QWidget* parent = nullptr);
    void setFolder(const QString& folder);
    [[nodiscard]] models::ExtractRequest request() const;

Q_SIGNALS:
    void chosen(const scalekeep::models::ExtractRequest& request);

private:
    void update();

    models::ExtractRequest m_file;
    QString m_bundle;
    QCheckBox* m_only = nullptr;
    QListWidget* m_components;
    QLineEdit* m_folder;
    QLabel* m_room;
    QPushButton* m_extract;
};

} // namespace scalekeep::widgets
