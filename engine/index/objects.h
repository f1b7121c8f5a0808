#pragma once

#include "engine/index/contentdigest.h"
#include "engine/index/index.h"

#include <QMap>

namespace scalekeep::index {

/// Index of `{"items": [...]}`, Kubernetes objects as `oc get -o json` prints them: a digest for every field, values nowhere. Left out
/// is what the cluster itself sets (uid, resourceVersion, status, addresses, bindings, rollout times ...) and, whole, the objects that
/// it makes (pods, ReplicaSets, service account tokens ...). Memory: the document, at most MaxSize, and its fields.
class ObjectsIndexer : public Indexer {
public:
    static constexpr qsizetype MaxSize = 64LL * 1024 * 1024;

    Result<void> add(std::span<const char> data) override;
    Result<QJsonObject> finish() override;

private:
    using Fields = QMap<QString, QByteArray>;
    Result<void> collect(const QJsonObject& object, Fields& fields);
    Result<QJsonObject> entryOf(const QJsonObject& object);

    QByteArray m_text;
    Digester m_digester;
    qsizetype m_pathLength = 0; ///< of all fields so far
};

} // namespace scalekeep::index
