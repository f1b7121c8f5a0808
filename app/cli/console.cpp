#include "app/cli/console.h"

#include <QJsonDocument>

#include <array>
#include <cstdio>
#include <unistd.h>

namespace scalekeep::cli {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr int jsonSchema = 1;
}

Console::Console(const Redactor& redactor, bool json) : m_redactor(redactor), m_json(json), m_terminal(!json && ::isatty(STDOUT_FILENO) == 1) {}

void Console::write(const QByteArray& text, bool toError)
{
    const std::lock_guard lock(m_mutex);
    FILE* stream = toError ? stderr : stdout;
    if (m_statusShown) {
        std::fputs("\r\033[K", stdout);
        m_statusShown = false;
    }
    const QByteArray clean = m_redactor.redact(text);
    std::fwrite(clean.constData(), 1, static_cast<size_t>(clean.size()), stream);
    std::fflush(stream);
}

void Console::line(const QString& text)
{
    if (!m_json)
        write(text.toUtf8() + '\n', false);
}

void Console::object(QJsonObject object)
{
    if (!m_json)
        return;
    object[u"schema"] = jsonSchema;
    write(QJsonDocument(object).toJson(QJsonDocument::Compact) + '\n', false);
}

void Console::status(const QString& text)
{
    if (!m_terminal)
        return;
    const std::lock_guard lock(m_mutex);
    const QByteArray clean = m_redactor.redact(text.left(110).toUtf8());
    std::fputs("\r\033[K", stdout);
    std::fwrite(clean.constData(), 1, static_cast<size_t>(clean.size()), stdout);
    std::fflush(stdout);
    m_statusShown = true;
}

Exit Console::error(const Error& error)
{
    if (m_json) {
        object({{u"type"_s, u"error"_s}, {u"code"_s, errorCodeName(error.code)}, {u"message"_s, error.message}, {u"detail"_s, error.detail}, {u"hint"_s, error.hint}});
    } else {
        QString text = u"scalekeep-cli: %1\n"_s.arg(error.message);
        const QStringList details = error.detail.trimmed().split(u'\n', Qt::SkipEmptyParts);
        for (const QString& detail : details)
            text += u"    %1\n"_s.arg(detail);
        if (!error.hint.isEmpty())
            text += error.hint + u'\n';
        if (error.code == ErrorCode::LockUnknown) // the engine's hint is also the window's, which has buttons for it
            text += u"With: scalekeep-cli undo RUN, or scalekeep-cli resume RUN.\n"_s;
        write(text.toUtf8(), true);
    }
    switch (error.code) {
    case ErrorCode::Usage:
        return Usage;
    case ErrorCode::NotLoggedIn:
    case ErrorCode::Forbidden:
    case ErrorCode::UntrustedCertificate:
        return LoginOrRights;
    case ErrorCode::LockUnknown: // the journal is open
        return NeedsAttention;
    default:
        return FailedUnchanged;
    }
}

QString size(qint64 bytes)
{
    static constexpr std::array units{"B", "KiB", "MiB", "GiB", "TiB"};
    double value = static_cast<double>(bytes);
    size_t unit = 0;
    while (value >= 1024 && unit + 1 < units.size()) {
        value /= 1024;
        ++unit;
    }
    return u"%1 %2"_s.arg(value, 0, 'f', unit > 0 && value < 10 ? 1 : 0).arg(QLatin1String(units[unit]));
}

} // namespace scalekeep::cli
