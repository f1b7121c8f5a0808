#include "app/cli/arguments.h"

namespace scalekeep::cli {

using namespace Qt::Literals::StringLiterals;

Arguments::Arguments(const QString& command, const QString& description) : m_command(command), m_usage(u"scalekeep-cli "_s + command)
{
    m_parser.setApplicationDescription(description);
    m_parser.addOption({{u"h"_s, u"help"_s}, u"Show this help."_s});
    m_parser.addOption({u"json"_s, u"Print one JSON object a line instead of text."_s});
    m_parser.setOptionsAfterPositionalArgumentsMode(QCommandLineParser::ParseAsOptions);
}

void Arguments::option(const QString& name, const QString& description, const QString& value)
{
    m_parser.addOption(value.isEmpty() ? QCommandLineOption(name, description) : QCommandLineOption(name, description, value));
}

void Arguments::positional(const QString& name, const QString& description, bool required)
{
    const QString syntax = required ? name : u"[%1]"_s.arg(name);
    m_parser.addPositionalArgument(name, description, syntax);
    m_usage += u' ' + syntax;
    ++m_positionals;
    if (required)
        m_required.append(name);
}

Result<void> Arguments::parse(const QStringList& arguments)
{
    if (!m_parser.parse(QStringList{m_usage} + arguments))
        return fail(mistake(m_parser.errorText()));
    if (helpAsked())
        return {};
    const qsizetype given = m_parser.positionalArguments().size();
    if (given < m_required.size())
        return fail(mistake(u"%1 is missing."_s.arg(m_required.at(given))));
    if (given > m_positionals)
        return fail(mistake(u"“%1” is one argument too many."_s.arg(m_parser.positionalArguments().at(m_positionals))));
    return {};
}

QString Arguments::help() const
{
    QString text = m_parser.helpText();
    // Qt puts the path of the program first; the command is what people type.
    const qsizetype end = text.indexOf(u'\n');
    text.replace(0, end, u"Usage: %1 [options]"_s.arg(m_usage));
    return text;
}

Error Arguments::mistake(const QString& message) const
{
    return {ErrorCode::Usage, message.endsWith(u'.') ? message : message + u'.', {}, u"Usage: %1 [options]; see scalekeep-cli %2 --help."_s.arg(m_usage, m_command)};
}

Result<QString> oneOf(const QString& option, const QString& value, const QStringList& allowed)
{
    if (allowed.contains(value))
        return value;
    return fail(ErrorCode::Usage, u"--%1 is one of %2, not “%3”."_s.arg(option, allowed.join(u", "_s), value));
}

} // namespace scalekeep::cli
