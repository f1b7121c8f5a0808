#include "engine/compare/yamltext.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QRegularExpression>

namespace scalekeep::compare {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr int MaxDepth = 200;

QString quoted(const QString& text)
{
    const QByteArray json = QJsonDocument(QJsonArray{text}).toJson(QJsonDocument::Compact);
    return QString::fromUtf8(json.sliced(1, json.size() - 2));
}

QString scalar(const QString& text)
{
    static const QRegularExpression plain(u"^[A-Za-z_/.][A-Za-z0-9_./@+-]*( [A-Za-z0-9_./@+()-]+)*$"_s);
    static const QRegularExpression taken(u"^(true|false|yes|no|on|off|null|~|y|n|\\.inf|\\.nan|\\.[0-9].*)$"_s, QRegularExpression::CaseInsensitiveOption);
    return plain.match(text).hasMatch() && !taken.match(text).hasMatch() ? text : quoted(text);
}

// Texts of several lines stand as such, so that a changed line of a configuration is one changed line here.
bool isBlock(const QString& text)
{
    return text.contains(u'\n') && !text.contains(u'\r') && !text.contains(QChar(0)) && !text.startsWith(u' ') && !text.startsWith(u'\n');
}

void append(QString& out, const QJsonValue& value, int depth, bool inList);

void appendBlock(QString& out, const QString& text, const QString& indent)
{
    out += text.endsWith(u'\n') ? u" |\n"_s : u" |-\n"_s;
    const QString body = text.endsWith(u'\n') ? text.chopped(1) : text;
    for (const QString& line : body.split(u'\n'))
        out += line.isEmpty() ? u"\n"_s : indent + line + u'\n';
}

void appendMembers(QString& out, const QJsonObject& object, int depth, bool firstInline)
{
    const QString indent(depth * 2, u' ');
    bool first = firstInline;
    for (auto it = object.begin(); it != object.end(); ++it) {
        out += (first ? QString() : indent) + scalar(it.key()) + u':';
        first = false;
        append(out, it.value(), depth, false);
    }
}

void append(QString& out, const QJsonValue& value, int depth, bool inList)
{
    const bool deep = depth >= MaxDepth;
    if (value.isObject() && !value.toObject().isEmpty() && !deep) {
        out += inList ? u" "_s : u"\n"_s;
        appendMembers(out, value.toObject(), depth + 1, inList);
    } else if (value.isArray() && !value.toArray().isEmpty() && !deep) {
        out += u'\n';
        const QJsonArray array = value.toArray();
        for (const QJsonValue item : array) {
            out += QString(depth * 2, u' ') + u'-';
            append(out, item, depth, true);
        }
    } else if (value.isString() && isBlock(value.toString())) {
        appendBlock(out, value.toString(), QString((depth + 1) * 2, u' '));
    } else if (value.isString()) {
        out += u' ' + scalar(value.toString()) + u'\n';
    } else {
        const QByteArray json = QJsonDocument(QJsonArray{value}).toJson(QJsonDocument::Compact);
        out += u' ' + QString::fromUtf8(json.sliced(1, json.size() - 2)) + u'\n';
    }
}
} // namespace

QString yamlText(const QJsonObject& object)
{
    QString text;
    appendMembers(text, object, 0, false);
    return text;
}

QString sqlText(const QString& statement)
{
    QString text;
    int depth = 0;
    QChar quote;
    for (qsizetype i = 0; i < statement.size(); ++i) {
        const QChar c = statement[i];
        text += c;
        if (!quote.isNull()) {
            quote = c == quote ? QChar() : quote;
            continue;
        }
        if (c == u'\'' || c == u'"' || c == u'`')
            quote = c;
        depth += c == u'(' ? 1 : c == u')' ? -1 : 0;
        const bool list = c == u',' && depth == 1 && statement.startsWith("CREATE TABLE"_L1, Qt::CaseInsensitive);
        if ((c == u';' || list) && i + 1 < statement.size()) {
            text += u'\n';
            if (statement[i + 1] == u' ')
                ++i;
        }
    }
    static const QRegularExpression words(u" (BEGIN|THEN|ELSE|LOOP|DO) "_s);
    return text.replace(words, u" \\1\n"_s);
}

} // namespace scalekeep::compare
