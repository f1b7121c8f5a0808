#include "widgets/clusters/loginline.h"

#include "widgets/common/theme.h"

#include <QSignalBlocker>

namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;

namespace {
const QString bullets = u"••••••••••••••"_s;

QString masked(const cluster::LoginCommand& command)
{
    const QString server = u" --server="_s + command.server.toString();
    if (!command.token.isEmpty())
        return u"oc login --token="_s + (command.token.reveal().startsWith("sha256~") ? u"sha256~"_s : QString()) + bullets + server;
    return u"oc login -u "_s + command.user.left(100) + (command.password.isEmpty() ? QString() : u" -p "_s + bullets) + server;
}
} // namespace

LoginLine::LoginLine(QWidget* parent) : QLineEdit(parent)
{
    setFont(theme::fixedFont());
    setMaxLength(16 * 1024);
    setPlaceholderText(u"oc login --token=sha256~… --server=https://…"_s);
    setClearButtonEnabled(true);
    setInputMethodHints(Qt::ImhSensitiveData | Qt::ImhNoPredictiveText);
    connect(this, &QLineEdit::textChanged, this, &LoginLine::understand);
}

void LoginLine::understand(const QString& text)
{
    if (m_command && text == m_masked)
        return;
    m_command.reset();
    m_error.reset();
    if (text.contains(u'•')) {
        m_error = Error{ErrorCode::BadInput, tr("The token is not shown again, so the line cannot be changed."), {}, tr("Clear the field and paste the line again.")};
    } else if (!text.trimmed().isEmpty()) {
        if (auto command = cluster::parseLoginCommand(text)) {
            m_masked = masked(*command);
            m_command = std::move(*command);
            // setText also forgets what could be undone: the line with the token.
            const QSignalBlocker quiet(this);
            setText(m_masked);
            setCursorPosition(0);
        } else {
            m_error = command.error();
        }
    }
    Q_EMIT read();
}

} // namespace scalekeep::widgets
