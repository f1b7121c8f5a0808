#pragma once

#include "engine/record/change.h"

#include <QMap>
#include <QWidget>

class QLabel;

namespace scalekeep::widgets {

/// The fields of a change, to be filled in. Owned by its parent; GUI thread.
class ChangeForm : public QWidget {
    Q_OBJECT
public:
    /// `closing`: with the fields that only make sense when the run has ended.
    explicit ChangeForm(bool closing, QWidget* parent = nullptr);
    void setTexts(const QMap<QString, QString>& texts);
    /// What stands in the plan already: shown below its field, which then takes what is to be said beside it.
    void setPlanned(const QMap<QString, QString>& texts);
    [[nodiscard]] QMap<QString, QString> texts() const; ///< of every field, empty ones too
    [[nodiscard]] QJsonObject filled() const;           ///< without empty ones

Q_SIGNALS:
    void edited();

private:
    struct Field {
        QWidget* editor = nullptr;   ///< QLineEdit or QPlainTextEdit
        QLabel* planned = nullptr;
    };
    QMap<QString, Field> m_fields;
};

} // namespace scalekeep::widgets
