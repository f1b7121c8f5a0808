#pragma once

#include "engine/yaml/reader.h"

#include <optional>

namespace scalekeep::catalog {

/// The first fault that was found in a file; what is read after it does not matter any more.
class Faults {
public:
    explicit Faults(QString file) : m_file(std::move(file)) {}
    void add(int line, const QString& reason)
    {
        if (!m_first)
            m_first = yaml::errorAt(m_file, line, reason);
    }
    [[nodiscard]] const std::optional<Error>& first() const { return m_first; }

private:
    QString m_file;
    std::optional<Error> m_first;
};

/// Typed reading of one YAML map in which every key must be known. Each accessor checks the type and remembers the key;
/// finish() finds the keys that nobody asked for. Faults go to the Faults that it was made with.
class Fields {
public:
    Fields(const yaml::Value& map, Faults& faults, const QString& what);

    [[nodiscard]] int line() const { return m_map.line; }
    [[nodiscard]] bool has(QStringView key) const { return m_map.find(key) != nullptr; }
    QString text(const QString& key);
    QString textOrEmpty(const QString& key);
    QString optionalText(const QString& key, const QString& otherwise = {});
    /// One of these words.
    QString word(const QString& key, const QStringList& allowed);
    bool flag(const QString& key);
    bool optionalFlag(const QString& key);
    int number(const QString& key, int lowest, int highest);
    QStringList texts(const QString& key);
    QStringList optionalTexts(const QString& key);
    /// "2.10", always quoted; empty when absent.
    QString version(const QString& key);
    /// A map, or a list of maps, below this key; nothing when it is absent and optional.
    std::optional<Fields> map(const QString& key, bool required = true);
    std::vector<Fields> maps(const QString& key, bool required = true);
    void fault(const QString& reason) { m_faults->add(m_map.line, reason); }
    void finish();

private:
    const yaml::Value* take(const QString& key, bool required, yaml::Value::Kind kind, const QString& type);

    const yaml::Value& m_map;
    Faults* m_faults;
    QString m_what;
    QStringList m_taken;
};

/// -1, 0 or 1 by number, not by letters: "2.9" is before "2.10". Only major and minor count.
int compareVersions(const QString& a, const QString& b);

} // namespace scalekeep::catalog
