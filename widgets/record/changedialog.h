#pragma once

#include "engine/record/change.h"
#include "widgets/common/parts.h"

#include <QDialog>

namespace scalekeep::widgets {

class ChangeForm;

/// What a run is part of, asked before it begins: the plan carries it, the record shows it. Window modal; deletes itself. GUI thread.
class ChangeDialog : public QDialog {
    Q_OBJECT
public:
    explicit ChangeDialog(const record::Change& change, QWidget* parent = nullptr);

Q_SIGNALS:
    void chosen(const scalekeep::record::Change& change);

private:
    void accept() override;

    ChangeForm* m_form;
    Banner* m_problem;
};

/// "Change…", or "Change CHG0041877…" when there is one: the button of the pages that start runs.
QString changeButtonText(const record::Change& change);

} // namespace scalekeep::widgets
