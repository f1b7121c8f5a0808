#pragma once

#include "models/compare/rulesmodel.h"

#include <QDialog>

class QPushButton;
class QTreeView;

namespace scalekeep::widgets {

/// What counts for nothing in a comparison: built-in rules can be switched off, one's own are edited in place. Nothing changes before Apply.
class RulesDialog : public QDialog {
    Q_OBJECT
public:
    RulesDialog(const compare::Rules& rules, QWidget* parent);

Q_SIGNALS:
    void chosen(const scalekeep::compare::Rules& rules);

private:
    void add();
    void remove();
    void update();

    models::RulesModel m_model;
    QTreeView* m_view;
    QPushButton *m_add, *m_remove;
};

} // namespace scalekeep::widgets
