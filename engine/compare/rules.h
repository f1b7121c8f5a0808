#pragma once

#include "engine/base/result.h"

#include <QJsonObject>
#include <QList>
#include <QRegularExpression>

namespace scalekeep::compare {

/// What counts for nothing in a comparison. A value that is shown, edited and kept; it decides nothing but how a difference is counted:
/// noise stays in the tree and is marked as such.
struct Rule {
    QString id;           ///< stable; unique in its list
    QString title;        ///< for people, English
    /// Patterns over the whole of what differs: `*` is any text, `?` any character, `|` stands between alternatives. Empty: everything.
    QString kind;         ///< "Deployment", "ConfigMap", "file", "directory", "table", "trigger", "prefix", "sequence", "owner" ...
    QString name;         ///< of the object, table, prefix; the path of a file
    QString field;        ///< path in an object ("spec.replicas"); of the rest: "content", "definition", "mode", "modified", "target", "value", "expired"
    bool enabled = true;
    bool builtin = false; ///< can be switched off, not removed
    bool operator==(const Rule&) const = default;
};

/// The noise rules of a comparison. Fields that never are content (resourceVersion, uid, status, dump times) are left out of the content
/// index itself and need no rule.
struct Rules {
    QList<Rule> list;

    static Rules standard();                     ///< the built-in ones
    [[nodiscard]] int enabledCount() const;
    /// The built-in rules with the switches of the file, and the user's own behind them.
    [[nodiscard]] QJsonObject toJson() const;
    /// Hostile input (a file of the user's): BadInput names the rule and the member that makes no sense.
    static Result<Rules> fromJson(const QJsonObject& json);
    /// As fromJson(), of a file.
    static Result<Rules> read(const QString& path);
    /// Where a user's own are kept in a state directory, by the window; the command line uses them too.
    static QString path(const QString& home) { return home + QStringLiteral("/compare-rules.json"); }
    bool operator==(const Rules&) const = default;
};

/// Rules made ready for hundreds of thousands of questions. Immutable, thread-safe.
class NoiseFilter {
public:
    explicit NoiseFilter(const Rules& rules);
    /// The first enabled rule that takes this difference for noise, by its index in Rules::list; -1: it counts.
    [[nodiscard]] int matches(const QString& kind, const QString& name, const QString& field) const;

private:
    struct Pattern {
        bool any = false;
        QRegularExpression expression;
        [[nodiscard]] bool matches(const QString& text) const;
    };
    struct Ready { int index = 0; Pattern kind, name, field; };
    static Pattern pattern(const QString& glob);
    QList<Ready> m_rules;
};

} // namespace scalekeep::compare
