#pragma once

#include "models/compare/comparedetail.h"
#include "widgets/common/parts.h"

class QStackedWidget;

namespace scalekeep::widgets {

class SideBySide;

/// The foot of a panel: one grey line below a thin rule.
class PanelFoot : public ElidedLabel {
    Q_OBJECT
public:
    explicit PanelFoot(QWidget* parent = nullptr);

protected:
    void paintEvent(QPaintEvent* event) override;
};

/// What differs in one node: title, both sides, counts; while it is read a bar with Cancel, and what went wrong with Try again. Owned by its page, as
/// the detail is; GUI thread.
class DetailPane : public Panel {
    Q_OBJECT
public:
    DetailPane(models::CompareDetail& detail, bool pinned, QWidget* parent = nullptr);
    [[nodiscard]] models::CompareDetail& detail() { return m_detail; }
    [[nodiscard]] SideBySide* sides() const { return m_sides; }
    /// What stands there while nothing is selected.
    void setNothing(const QString& title, const QString& text);
    void copyAsText();

Q_SIGNALS:
    void pinClicked(); ///< of the pinned one: to be let go

private:
    void update();
    void updateFoot();

    models::CompareDetail& m_detail;
    bool m_pinned;
    QString m_nothingTitle, m_nothingText;
    int m_first = 0, m_last = 0;
    QStackedWidget* m_stack;
    SideBySide* m_sides;
    EmptyState* m_message;
    QPushButton *m_open, *m_cancel, *m_columns, *m_pin;
    QToolButton* m_copy;
    ThinProgress* m_progress;
    QLabel* m_notes;
    PanelFoot* m_foot;
};

} // namespace scalekeep::widgets
