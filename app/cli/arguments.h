#pragma once

#include "engine/base/result.h"

#include <QCommandLineParser>

namespace scalekeep::cli {

/// The arguments of one command. Wraps QCommandLineParser so that a mistake is an Error with the usage line and never ends the program by itself.
class Arguments {
public:
    Arguments(const QString& command, const QString& description);
    /// `value`: name of the option's value; empty for a switch.
    void option(const QString& name, const QString& description, const QString& value = {});
    /// In order; `required` ones come first.
    void positional(const QString& name, const QString& description, bool required = true);
    [[nodiscard]] Result<void> parse(const QStringList& arguments);

    [[nodiscard]] bool helpAsked() const { return m_parser.isSet(QStringLiteral("help")); }
    [[nodiscard]] QString help() const;
    [[nodiscard]] bool isSet(const QString& name) const { return m_parser.isSet(name); }
    [[nodiscard]] QString value(const QString& name) const { return m_parser.value(name); }
    [[nodiscard]] QStringList values(const QString& name) const { return m_parser.values(name); }
    [[nodiscard]] QString at(int index) const { return m_parser.positionalArguments().value(index); }

private:
    [[nodiscard]] Error mistake(const QString& message) const;

    QString m_command, m_usage;
    QCommandLineParser m_parser;
    QStringList m_required;
    int m_positionals = 0;
};

/// One of the allowed words, or Usage.
Result<QString> oneOf(const QString& option, const QString& value, const QStringList& allowed);

} // namespace scalekeep::cli
