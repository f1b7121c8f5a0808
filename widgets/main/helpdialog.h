#pragma once

#include <QDialog>

class QTextBrowser;

namespace scalekeep::widgets {

/// Help: how the program is used and all keys. Not modal, one at a time; owned by the window.
class HelpDialog : public QDialog {
    Q_OBJECT
public:
    explicit HelpDialog(QWidget* parent);
    /// Scrolls to a heading.
    void showTopic(const QString& heading);

private:
    QTextBrowser* m_text;
};

} // namespace scalekeep::widgets
