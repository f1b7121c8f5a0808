#pragma once

#include "models/restore/restoresession.h"
#include "widgets/common/parts.h"
#include "widgets/restore/choicelist.h"

#include <QFormLayout>

namespace scalekeep::widgets {

/// Step 1: one of the bundles that are known, or a file.
class BundleStep : public QWidget {
    Q_OBJECT
public:
    explicit BundleStep(models::RestoreSession& session, QWidget* parent = nullptr);
    void setBundles(QAbstractItemModel* model, int pathRole);
    void update();
    void open();                  ///< asks for a file
    [[nodiscard]] QTreeView* view() { return m_view; }

Q_SIGNALS:
    void goOn();

private:
    void choose(const QModelIndex& row);
    models::RestoreSession& m_session;
    ChoiceList* m_view;
    QLabel* m_title;
    QFormLayout* m_details;
    QList<QLabel*> m_values;
    Panel* m_panel;
    GlyphLabel* m_reading;
    int m_pathRole = Qt::UserRole;
};

} // namespace scalekeep::widgets
