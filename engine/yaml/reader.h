#pragma once

#include "engine/base/result.h"

#include <QByteArray>
#include <QJsonValue>
#include <QStringList>

#include <vector>

/// Reading YAML of unknown origin (kubeconfigs, users' catalogues and templates): plain maps, lists and scalars, bounded in size,
/// depth and number of nodes. Anchors, aliases, tags, duplicate keys and further documents are refused, so that nothing
/// can expand or hide.
namespace scalekeep::yaml {

/// One node as a plain value with its line, for errors. A map keeps its keys in `keys`, its values in `items`, in
/// order.
struct Value {
    enum class Kind { Null, Scalar, Sequence, Map };
    Kind kind = Kind::Null;
    int line = 0;        ///< from 1
    bool quoted = false; ///< a quoted scalar is text, never a number or a truth value
    QString text;
    QStringList keys;
    std::vector<Value> items;

    /// The value of a map's key, or null when this is no map or has no such key.
    [[nodiscard]] const Value* find(QStringView key) const;
};

struct Limits {
    qsizetype bytes = 1024LL * 1024;
    size_t depth = 32;
    int nodes = 50'000;
};

/// "file:12: reason", the form of every error about a place in a file.
Error errorAt(const QString& file, int line, const QString& reason);

/// `file` is only for errors. BadInput names file, line and reason; an empty document is a Null node.
Result<Value> parse(const QByteArray& text, const QString& file, const Limits& limits = {});

/// The value as Kubernetes' clients read it (YAML 1.1 as they know it): what is not quoted may be a number or a truth value.
QJsonValue toJson(const Value& value);

} // namespace scalekeep::yaml
