#pragma once

#include "engine/cluster/logincommand.h"

#include <QLineEdit>

#include <optional>

namespace scalekeep::widgets {

/// Field for a pasted “oc login” line. As soon as the line is understood its token or password is kept aside and the field shows bullets in its place.
class LoginLine : public QLineEdit {
    Q_OBJECT
public:
    explicit LoginLine(QWidget* parent = nullptr);
    [[nodiscard]] const std::optional<cluster::LoginCommand>& command() const { return m_command; }
    /// Why the line is not understood; nothing for an empty field.
    [[nodiscard]] const std::optional<Error>& error() const { return m_error; }

Q_SIGNALS:
    void read(); ///< command() or error() changed

private:
    void understand(const QString& text);

    std::optional<cluster::LoginCommand> m_command;
    std::optional<Error> m_error;
    QString m_masked;
};

} // namespace scalekeep::widgets
