#include "engine/record/document.h"

namespace scalekeep::record {

using namespace Qt::Literals::StringLiterals;

namespace {
/// Text of unknown origin: nothing in it is markup, and it stays on its line.
QString escaped(const QString& text, bool inTable)
{
    static const QString special = u"\\`*_{}[]()#+-.!|~>"_s;
    QString made;
    for (const QChar character : text) {
        if (character == u'<')
            made += u"&lt;"_s;
        else if (character == u'&')
            made += u"&amp;"_s;
        else if (character == u'\n')
            made += inTable ? u"<br>"_s : u"  \n"_s;
        else if (special.contains(character))
            made += QString(u'\\') + character;
        else
            made += character;
    }
    return made;
}

/// A code span: its fence is longer than any in the text. In a table a bar ends the cell even there, unless it is escaped.
QString code(QString text, bool inTable)
{
    text.replace(u'\n', u" ⏎ "_s);
    if (inTable)
        text.replace(u'|', u"\\|"_s);
    qsizetype longest = 0, now = 0;
    for (const QChar character : std::as_const(text)) {
        now = character == u'`' ? now + 1 : 0;
        longest = std::max(longest, now);
    }
    const QString fence(longest + 1, u'`');
    return fence + u' ' + text + u' ' + fence;
}

QString inner(const Cell& cell, bool inTable)
{
    if (cell.text.isEmpty())
        return {};
    const QString text = cell.code ? code(cell.text, inTable) : escaped(cell.text, inTable);
    return cell.mark == Mark::None ? text : u"**%1** "_s.arg(markName(cell.mark)) + text;
}

QString block(const Facts& facts)
{
    QString text;
    for (const Fact& fact : facts.facts)
        text += u"- **"_s + escaped(fact.name, true) + u":** "_s + inner(fact.value, true) + u'\n';
    return text + u'\n';
}

QString block(const Table& table)
{
    QString text = u"|"_s, rule = u"|"_s;
    for (const Column& column : table.columns) {
        text += u' ' + escaped(column.title, true) + u" |"_s;
        rule += column.figures ? u" ---: |"_s : u" --- |"_s;
    }
    text += u'\n' + rule + u'\n';
    for (const Row& row : table.rows) {
        text += u'|';
        for (const Cell& cell : row.cells)
            text += u' ' + inner(cell, true) + u" |"_s;
        text += u'\n';
    }
    return text + u'\n';
}

QString block(const Cell& cell)
{
    return inner(cell, false) + u"\n\n"_s;
}
} // namespace

QByteArray toMarkdown(const Document& document)
{
    QString text = u"# "_s + escaped(document.title, true) + u"\n\n"_s + escaped(document.kind, true) + (document.change.isEmpty() ? QString{} : u" **"_s + escaped(document.change, true) + u"**"_s) + u", record "_s +
                   escaped(document.runId, true) + u"\n\n> **"_s + escaped(document.outcome, true) + u"**<br>"_s + escaped(document.details, true) + u"<br>"_s + escaped(document.duration, true) +
                   (document.service.isEmpty() ? QString{} : u", "_s + escaped(document.service, true)) + u"\n\n"_s;
    int number = 0;
    for (const Section& section : document.sections) {
        text += u"## %1 "_s.arg(++number) + escaped(section.title, true) + u"\n\n"_s;
        if (!section.note.isEmpty())
            text += u"*"_s + escaped(section.note, true) + u"*\n\n"_s;
        for (const auto& each : section.blocks)
            text += std::visit([](const auto& value) { return block(value); }, each);
    }
    text += u"---\n\n"_s + escaped(document.footer, true) + u'\n';
    return text.toUtf8();
}

} // namespace scalekeep::record
