#pragma once

#include "models/backup/backupplan.h"

#include <QFrame>

class QLabel;
class QPushButton;
class QVBoxLayout;

namespace scalekeep::widgets {

class ElidedLabel;
class Segments;

/// How complete the plan of one namespace is, what is missing, and buttons that add it.
class Completeness : public QFrame {
    Q_OBJECT
public:
    explicit Completeness(QWidget* parent = nullptr);
    /// `title`: of the namespace, where the plan has several; else empty.
    void set(const models::PlanGroup& group, const QString& title);
    /// The first button that adds something, or null.
    [[nodiscard]] QPushButton* firstAdd() const;

Q_SIGNALS:
    void addRequested(const QList<scalekeep::models::ComponentRef>& components);

private:
    QWidget* makeRow(const QString& glyph, const QString& subject, const QString& text, const QList<models::ComponentRef>& add, const QString& buttonText);

    QLabel* m_figure;
    QLabel* m_count;
    Segments* m_segments;
    ElidedLabel* m_against;
    QVBoxLayout* m_rows;
    QList<models::MissingComponent> m_shown;
    models::NamespaceRef m_where;
    int m_score = -2;
};

} // namespace scalekeep::widgets
