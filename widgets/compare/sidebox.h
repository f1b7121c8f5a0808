#pragma once

#include "models/compare/compareside.h"

#include <QAbstractButton>

class QMenu;

namespace scalekeep::widgets {

/// One side of a comparison in the page's head, 44 px: letter, what stands there in two lines, a menu with what could stand there. A bundle or a
/// namespace can be dropped on it. Owned by its parent; GUI thread.
class SideBox : public QAbstractButton {
    Q_OBJECT
public:
    explicit SideBox(const QString& letter, QWidget* parent = nullptr);
    void setSide(const models::SideText& text, const QColor& stripe); ///< stripe: of a cluster's colour; invalid: none
    [[nodiscard]] QMenu* menu() const { return m_menu; } ///< filled by the page whenever it is about to be shown
    /// Says what a drop would do, with an accent frame; empty: no drag is over it.
    void setDropText(const QString& text);

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

Q_SIGNALS:
    void dropped(const scalekeep::models::CompareSide& side);

protected:
    void paintEvent(QPaintEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    bool event(QEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dragLeaveEvent(QDragLeaveEvent* event) override;
    void dropEvent(QDropEvent* event) override;

private:
    void open();
    [[nodiscard]] QRect textRect() const;

    QString m_letter, m_dropText;
    models::SideText m_text;
    QColor m_stripe;
    QMenu* m_menu;
};

/// What dragged data would put on a side: its first bundle, or the namespace of its first component. Empty: nothing of it.
models::CompareSide sideIn(const QMimeData* data);

} // namespace scalekeep::widgets
