#pragma once

#include "engine/store/common.h"

/// Kubernetes objects (documentation 6.5.6, 6.6.1, 6.6.2): saved as they are, restored one by one so that each ends up exactly as saved.
/// Server-side apply would merge (keys added since would stay), so what exists is replaced with a fresh resourceVersion.
namespace scalekeep::store::objects {

inline const QString streamName = QStringLiteral("objects.json"); ///< of every component of objects in a bundle

QString nameOf(const QJsonObject& object);

/// An object without what only its old cluster knew: uid, resourceVersion, ownerReferences, status, clusterIP, volumeName ... (oc-behaviour 5).
/// Must happen before the first create: an object created with them is poisoned for later applies (oc-findings E).
QJsonObject stripped(QJsonObject object);

/// "Secret/system-seed"
QString keyOf(const QJsonObject& object);

/// `kind.group`, so that a kind which two groups have cannot be taken for the other one.
QString resourceOf(const QJsonObject& object);

bool isWorkload(const QString& kind);

/// These cannot be changed once they exist, or belong to what runs in the namespace: made when they are missing, never replaced.
bool createOnly(const QString& kind);

/// The role `edit` may neither read nor make these; everything else works without them, so that this is a warning.
bool mayBeRefused(const QString& kind);

/// A Route that Zync made, under a name that the server generated: it makes it again under another one, so that only the host counts.
bool madeByZync(const QJsonObject& object);

/// Of these live objects the Route that has this host; empty when none has.
QJsonObject routeOf(const QString& host, const QJsonArray& live);

/// What `replace` needs of a stripped saved object: the live one's version, and what the server filled in and does not let go.
QJsonObject prepared(const QJsonObject& saved, const QJsonObject& live);

/// Replaces the live object by the stripped saved one. Who writes in between, an operator its status at every pod that gets ready, keeps it off only for a few attempts.
Result<QJsonObject> replace(const oc::Client& client, const QJsonObject& saved, QJsonObject live);

/// Whether replacing the live object by this one, prepared for it, would change nothing.
Result<bool> equal(const QJsonObject& wanted, const QJsonObject& live);

/// Whether the catalogue says that this object belongs in a backup.
bool belongs(const catalog::ObjectKind& kind, const QJsonObject& object);

/// The content index of some objects.
Result<QJsonObject> indexOfObjects(const QJsonArray& items);

/// Objects of a bundle's component; empty when the bundle has none.
Result<QJsonArray> savedObjects(const bundle::Reader& reader, const QString& component);

/// Objects of a component as they are in the namespace now, in the order of the catalogue's kinds. Kinds that may not or cannot be read are in
/// `problems`.
struct Live { QJsonArray items; QList<Error> problems; };
Result<Live> liveObjects(const oc::Client& client, const catalog::Catalog& catalog, const catalog::Component& component);

void registerHandlers(run::Handlers& handlers);

} // namespace scalekeep::store::objects
