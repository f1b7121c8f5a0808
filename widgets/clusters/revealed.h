#pragma once

#include "engine/base/secret.h"

#include <QFrame>

class QLabel;
class QPlainTextEdit;

namespace scalekeep::widgets {

/// One value of a Secret, shown for ten seconds in a window of its own; it deletes itself. Goes to the clipboard only by its button.
class Revealed : public QFrame {
    Q_OBJECT
public:
    Revealed(const QString& secret, const QString& key, Secret value, QWidget* parent);
    void showAt(const QPoint& global);

protected:
    void keyPressEvent(QKeyEvent* event) override;
    void hideEvent(QHideEvent* event) override;

private:
    void countDown();

    Secret m_value;
    QPlainTextEdit* m_text;
    QLabel* m_left;
    int m_seconds = 10;
};

} // namespace scalekeep::widgets
