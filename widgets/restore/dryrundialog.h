#pragma once

#include "models/restore/preparation.h"

#include <QDialog>

namespace scalekeep::widgets {

/// The whole plan as text, with its checks: copyable, exportable as a script. Changes nothing.
class DryRunDialog : public QDialog {
    Q_OBJECT
public:
    DryRunDialog(const plan::Plan& plan, const QString& checks, QWidget* parent);

private:
    void exportScript(const QString& script);
};

} // namespace scalekeep::widgets
