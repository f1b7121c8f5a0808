#pragma once

#include "engine/compare/compare.h"

#include <functional>

/// How the nodes below a component are made, one function a format. Internal to the module.
namespace scalekeep::compare {

struct Builder {
    const Rules& rules;
    const NoiseFilter& noise;
    QString component;
    qint64 momentA = 0, momentB = 0; ///< milliseconds since 1970: what the two show

    /// A node below `parent`, at `path` in the component.
    [[nodiscard]] Node node(Node::Kind kind, const QString& type, const QString& name, const QString& path) const;
    /// Whether a difference counts; otherwise the rule that takes it for noise is noted in the node.
    bool counts(Node& node, const QString& kind, const QString& name, const QString& field) const;
    /// A leaf that only one side has: state, counts, noise.
    void oneSided(Node& node, State state, const QString& kind, const QString& name, qint64 size = 1) const;
};

/// An entry of an index by the key that tells which entries belong together.
struct Keyed {
    QString key;
    QJsonObject entry;
};
/// In the order of the keys; an index with the same key twice is made up, and the first of them is taken.
std::vector<Keyed> keyed(const QJsonObject& index, const std::function<QString(const QJsonObject& entry)>& key);
/// Walks over both in order; the one that is missing is null.
void pairUp(const std::vector<Keyed>& a, const std::vector<Keyed>& b, const std::function<void(const QJsonObject* a, const QJsonObject* b)>& each);

void compareSql(const Builder& builder, const QJsonObject& a, const QJsonObject& b, Node& component);
void compareRedis(const Builder& builder, const QJsonObject& a, const QJsonObject& b, Node& component);
void compareFiles(const Builder& builder, const QJsonObject& a, const QJsonObject& b, Node& component);
void compareObjects(const Builder& builder, const QJsonObject& a, const QJsonObject& b, Node& component);

} // namespace scalekeep::compare
