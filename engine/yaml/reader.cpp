#include "engine/yaml/reader.h"

#include <QJsonArray>
#include <QJsonObject>
#include <QRegularExpression>
#include <QSet>
#include <QStringDecoder>

#include <algorithm>
#include <sstream>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

namespace scalekeep::yaml {

using namespace Qt::Literals::StringLiterals;

namespace {

// Builds the tree from the parser's events: yaml-cpp's own nodes would follow aliases and accept duplicate keys.
// Throws through the parser; parse() turns it into a value.
class Builder final : public YAML::EventHandler {
public:
    explicit Builder(const Limits& limits) : m_limits(limits) {}

    void OnDocumentStart(const YAML::Mark&) override {}
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override
    {
        add(node(Value::Kind::Null, mark, anchor, ""));
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { refuse(mark, "aliases are not accepted"); }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override
    {
        Value scalar = node(Value::Kind::Scalar, mark, anchor, tag);
        scalar.quoted = tag == "!";
        scalar.text = QString::fromStdString(value);
        add(std::move(scalar));
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override
    {
        open(node(Value::Kind::Sequence, mark, anchor, tag), mark);
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override
    {
        open(node(Value::Kind::Map, mark, anchor, tag), mark);
    }
    void OnMapEnd() override { close(); }

    [[nodiscard]] Value takeRoot() { return std::move(m_root); }

private:
    // A node under construction; `awaitsKey`: the next scalar of a map is a key.
    struct Open {
        Value node;
        QSet<QString> seen;
        bool awaitsKey = false;
    };

    [[noreturn]] static void refuse(const YAML::Mark& mark, const std::string& reason)
    {
        throw YAML::ParserException(mark, reason);
    }

    Value node(Value::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor, const std::string& tag)
    {
        if (anchor != YAML::NullAnchor)
            refuse(mark, "anchors are not accepted");
        // "?" is the tag of plain values, "!" that of quoted ones.
        if (!tag.empty() && tag != "?" && tag != "!")
            refuse(mark, "tags are not accepted");
        if (++m_count > m_limits.nodes)
            refuse(mark, "more than " + std::to_string(m_limits.nodes) + " values");
        Value made;
        made.kind = kind;
        made.line = mark.line + 1;
        return made;
    }

    void open(Value made, const YAML::Mark& mark)
    {
        if (m_open.size() >= m_limits.depth)
            refuse(mark, "nested deeper than " + std::to_string(m_limits.depth) + " levels");
        if (!m_open.empty() && m_open.back().awaitsKey)
            refuse(mark, "a key must be plain text");
        const bool map = made.kind == Value::Kind::Map;
        m_open.push_back({std::move(made), {}, map});
    }

    void close()
    {
        Value done = std::move(m_open.back().node);
        m_open.pop_back();
        add(std::move(done));
    }

    void add(Value done)
    {
        if (m_open.empty()) {
            m_root = std::move(done);
            return;
        }
        Open& parent = m_open.back();
        if (!parent.awaitsKey) {
            parent.awaitsKey = parent.node.kind == Value::Kind::Map;
            parent.node.items.push_back(std::move(done));
            return;
        }
        const YAML::Mark mark = markOf(done.line);
        if (done.kind != Value::Kind::Scalar)
            refuse(mark, "a key must be plain text");
        if (parent.seen.contains(done.text))
            refuse(mark, "the key \"" + done.text.left(100).toStdString() + "\" appears twice");
        parent.seen.insert(done.text);
        parent.node.keys.append(done.text);
        parent.awaitsKey = false;
    }

    static YAML::Mark markOf(int line)
    {
        YAML::Mark mark;
        mark.line = line - 1;
        return mark;
    }

    const Limits& m_limits;
    std::vector<Open> m_open;
    Value m_root;
    int m_count = 0;
};

/// A scalar without quotes.
QJsonValue plain(const QString& text)
{
    static const QSet<QString> yes{u"y"_s, u"Y"_s, u"yes"_s, u"Yes"_s, u"YES"_s, u"on"_s, u"On"_s, u"ON"_s, u"true"_s, u"True"_s, u"TRUE"_s};
    static const QSet<QString> no{u"n"_s, u"N"_s, u"no"_s, u"No"_s, u"NO"_s, u"off"_s, u"Off"_s, u"OFF"_s, u"false"_s, u"False"_s, u"FALSE"_s};
    static const QRegularExpression integer(u"^[-+]?(0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[0-7_]*|[1-9][0-9_]*)$"_s), real(u"^[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]+)?$"_s);
    if (yes.contains(text) || no.contains(text))
        return yes.contains(text);
    bool isNumber = false;
    if (integer.match(text).hasMatch()) {
        if (const qint64 number = QString(text).remove(u'_').toLongLong(&isNumber, 0); isNumber)
            return number;
    }
    if (real.match(text).hasMatch()) {
        if (const double number = text.toDouble(&isNumber); isNumber)
            return number;
    }
    return text;
}

} // namespace

const Value* Value::find(QStringView key) const
{
    if (kind != Kind::Map)
        return nullptr;
    const auto place = std::find(keys.begin(), keys.end(), key);
    return place == keys.end() ? nullptr : &items[static_cast<size_t>(place - keys.begin())];
}

Error errorAt(const QString& file, int line, const QString& reason)
{
    return Error{ErrorCode::BadInput, u"%1:%2: %3."_s.arg(file).arg(line).arg(reason), {}, {}};
}

QJsonValue toJson(const Value& value)
{
    switch (value.kind) {
    case Value::Kind::Null: return {};
    case Value::Kind::Scalar: return value.quoted ? QJsonValue(value.text) : plain(value.text);
    case Value::Kind::Sequence: {
        QJsonArray array;
        for (const Value& item : value.items)
            array.append(toJson(item));
        return array;
    }
    case Value::Kind::Map: break;
    }
    QJsonObject object;
    for (qsizetype i = 0; i < value.keys.size(); ++i)
        object.insert(value.keys.at(i), toJson(value.items[static_cast<size_t>(i)]));
    return object;
}

Result<Value> parse(const QByteArray& text, const QString& file, const Limits& limits)
{
    if (text.size() > limits.bytes)
        return fail(ErrorCode::BadInput,
                    u"%1 is larger than the %2 bytes that such a file may have."_s.arg(file).arg(limits.bytes));
    QStringDecoder decoder(QStringConverter::Utf8);
    const QString decoded = decoder.decode(text);
    const auto strange = std::find_if(decoded.begin(), decoded.end(),
                                      [](QChar c) { return c < u' ' && c != u'\n' && c != u'\r' && c != u'\t'; });
    if (decoder.hasError() || strange != decoded.end())
        return fail(ErrorCode::BadInput, u"%1 is not a text file in UTF-8."_s.arg(file));
    try {
        // yaml-cpp takes a quote that is never closed for one that ends with the file; an explicit end of the document
        // shows it.
        std::istringstream stream((text + "\n...\n").toStdString());
        YAML::Parser parser(stream);
        Builder builder(limits);
        if (!parser.HandleNextDocument(builder))
            return Value{};
        Value root = builder.takeRoot();
        Builder second(limits);
        if (parser.HandleNextDocument(second))
            return fail(errorAt(file, second.takeRoot().line, u"a second document begins, and only one is accepted"_s));
        return root;
    } catch (const YAML::Exception& error) {
        return fail(errorAt(file, error.mark.line + 1, QString::fromStdString(error.msg)));
    }
}

} // namespace scalekeep::yaml
