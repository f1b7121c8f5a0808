#include "engine/catalog/fields.h"

#include <QRegularExpression>

namespace scalekeep::catalog {

using namespace Qt::Literals::StringLiterals;
using yaml::Value;

namespace {

// What YAML would read as something other than text when it stands without quotes.
bool looksLikeText(const Value& scalar)
{
    static const QRegularExpression other(u"^([-+]?\\.?[0-9][0-9_.,:eE+-]*|true|false|yes|no|on|off|null|~|)$"_s,
                                          QRegularExpression::CaseInsensitiveOption);
    return scalar.quoted || !other.match(scalar.text).hasMatch();
}

} // namespace

Fields::Fields(const Value& map, Faults& faults, const QString& what) : m_map(map), m_faults(&faults), m_what(what)
{
    if (map.kind != Value::Kind::Map)
        fault(u"%1 must be a map of keys and values"_s.arg(what));
}

const Value* Fields::take(const QString& key, bool required, Value::Kind kind, const QString& type)
{
    m_taken.append(key);
    const Value* value = m_map.find(key);
    if (!value) {
        if (required)
            fault(u"%1 lacks “%2”"_s.arg(m_what, key));
        return nullptr;
    }
    if (value->kind != kind) {
        m_faults->add(value->line, u"“%1” must be %2"_s.arg(key, type));
        return nullptr;
    }
    return value;
}

QString Fields::text(const QString& key)
{
    const QString value = textOrEmpty(key);
    if (const Value* node = m_map.find(key); node && value.isEmpty())
        m_faults->add(node->line, u"“%1” is empty"_s.arg(key));
    return value;
}

QString Fields::textOrEmpty(const QString& key)
{
    const Value* value = take(key, true, Value::Kind::Scalar, u"text"_s);
    if (value && !looksLikeText(*value))
        m_faults->add(value->line, u"“%1” must be text: put it in quotes"_s.arg(key));
    return value ? value->text : QString();
}

QString Fields::optionalText(const QString& key, const QString& otherwise)
{
    if (has(key))
        return text(key);
    m_taken.append(key);
    return otherwise;
}

QString Fields::word(const QString& key, const QStringList& allowed)
{
    const QString value = text(key);
    if (const Value* node = m_map.find(key); node && !allowed.contains(value))
        m_faults->add(node->line,
                      u"“%1” is “%2”, but must be one of %3"_s.arg(key, value.left(100), allowed.join(u", "_s)));
    return value;
}

bool Fields::flag(const QString& key)
{
    const Value* value = take(key, true, Value::Kind::Scalar, u"true or false"_s);
    if (value && (value->quoted || (value->text != u"true" && value->text != u"false")))
        m_faults->add(value->line, u"“%1” must be true or false"_s.arg(key));
    return value && value->text == u"true";
}

bool Fields::optionalFlag(const QString& key)
{
    if (has(key))
        return flag(key);
    m_taken.append(key);
    return false;
}

int Fields::number(const QString& key, int lowest, int highest)
{
    const QString type = u"a number from %1 to %2"_s.arg(lowest).arg(highest);
    const Value* value = take(key, true, Value::Kind::Scalar, type);
    if (!value)
        return lowest;
    static const QRegularExpression digits(u"^(0|[1-9][0-9]{0,8})$"_s);
    const int number = value->text.toInt();
    if (value->quoted || !digits.match(value->text).hasMatch() || number < lowest || number > highest)
        m_faults->add(value->line, u"“%1” must be %2"_s.arg(key, type));
    return number;
}

QStringList Fields::texts(const QString& key)
{
    QStringList list;
    const Value* value = take(key, true, Value::Kind::Sequence, u"a list"_s);
    if (!value)
        return list;
    for (const Value& item : value->items) {
        if (item.kind != Value::Kind::Scalar || !looksLikeText(item))
            m_faults->add(item.line, u"“%1” must be a list of texts"_s.arg(key));
        else if (list.contains(item.text))
            m_faults->add(item.line, u"“%1” names “%2” twice"_s.arg(key, item.text.left(100)));
        list.append(item.text);
    }
    return list;
}

QStringList Fields::optionalTexts(const QString& key)
{
    if (has(key))
        return texts(key);
    m_taken.append(key);
    return {};
}

QString Fields::version(const QString& key)
{
    static const QRegularExpression form(u"^[0-9]{1,4}\\.[0-9]{1,4}$"_s);
    const QString value = optionalText(key);
    if (const Value* node = m_map.find(key); node && (!node->quoted || !form.match(value).hasMatch()))
        m_faults->add(node->line, u"“%1” must be a version like \"2.10\", in quotes"_s.arg(key));
    return value;
}

std::optional<Fields> Fields::map(const QString& key, bool required)
{
    const Value* value = take(key, required, Value::Kind::Map, u"a map of keys and values"_s);
    return value ? std::optional<Fields>(std::in_place, *value, *m_faults, u"“%1”"_s.arg(key)) : std::nullopt;
}

std::vector<Fields> Fields::maps(const QString& key, bool required)
{
    std::vector<Fields> list;
    if (const Value* value = take(key, required, Value::Kind::Sequence, u"a list"_s)) {
        for (const Value& item : value->items)
            list.emplace_back(item, *m_faults, u"this entry of “%1”"_s.arg(key));
    }
    return list;
}

void Fields::finish()
{
    for (qsizetype at = 0; at < m_map.keys.size(); ++at) {
        if (!m_taken.contains(m_map.keys[at]))
            m_faults->add(m_map.items[static_cast<size_t>(at)].line,
                          u"%1 has the unknown key “%2”"_s.arg(m_what, m_map.keys[at].left(100)));
    }
}

int compareVersions(const QString& a, const QString& b)
{
    for (int part = 0; part < 2; ++part) {
        const int difference = a.section(u'.', part, part).toInt() - b.section(u'.', part, part).toInt();
        if (difference != 0)
            return difference < 0 ? -1 : 1;
    }
    return 0;
}

} // namespace scalekeep::catalog
