#pragma once

#include "models/backup/readiness.h"

#include <QWidget>

class QGridLayout;
class QPushButton;

namespace scalekeep::widgets {

/// What the Backup page says while there is no cluster: three steps, and what this computer has for them.
class FirstStart : public QWidget {
    Q_OBJECT
public:
    explicit FirstStart(QWidget* parent = nullptr);
    void set(const models::Readiness& readiness);
    [[nodiscard]] QPushButton* addButton() const { return m_add; }

Q_SIGNALS:
    void addClusterRequested();
    void importRequested();
    void folderRequested();
    void openBundleRequested();

private:
    void addReady(const QString& glyph, const QString& name, const QString& text, const QString& tip, QPushButton* button);

    QPushButton* m_add;
    QGridLayout* m_ready;
};

} // namespace scalekeep::widgets
