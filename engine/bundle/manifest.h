#pragma once

#include "engine/base/result.h"

#include <QDateTime>
#include <QJsonArray>
#include <QJsonObject>
#include <QList>
#include <QStringList>

namespace scalekeep::bundle {

inline constexpr int FormatVersion = 1;
inline constexpr qint64 SegmentSize = 1024 * 1024; ///< plain bytes a segment; the last of a stream may be shorter

/// `bundle.json`, the second member: what the bundle is of, known when the backup starts.
struct Header {
    int formatVersion = FormatVersion;
    QString cluster;          ///< the user's name of the cluster
    QString apiUrl;           ///< identity of an installation: API URL, project UID, wildcard domain
    QString namespaceName;
    QString projectUid;
    QString wildcardDomain;
    QString threescaleVersion;
    QString flavour;          ///< "template" or "operator"
    QString workloadKind;     ///< "DeploymentConfig" or "Deployment"
    QString purpose;          ///< "backup" or "safety"
    QString runId;
    QString program;          ///< "scalekeep 0.1.0"
    QString operatorIdentity; ///< `oc whoami`
    QDateTime started;        ///< UTC
    bool operator==(const Header&) const = default;
};

/// One data stream of a component. Members: streams/<component>/<stream>/<000001>.zst
struct Stream {
    QString component;        ///< catalogue id, e.g. "system-mysql"
    QString name;             ///< e.g. "dump.sql", "dump.rdb", "files.tar", "objects.json"
    QString format;           ///< "mysqldump", "pg_dump", "rdb", "tar", "json"
    qint64 bytes = 0;         ///< plain
    QByteArray sha256;        ///< of the plain data, as computed here
    QByteArray podSha256;     ///< as computed in the pod; empty for what was not streamed from a pod
    qint64 storedBytes = 0;   ///< in the bundle
    qint64 transportBytes = 0;
    int segments = 0;
    QString endMark;          ///< what proved the end, in words
    QDateTime started, finished, snapshot; ///< snapshot: the moment that the data shows
    bool operator==(const Stream&) const = default;
};

struct Component {
    QString id, title, engine;
    QString pod, container, image, serverVersion;
    QString state;            ///< "proven", "absent" (nothing there), "unreadable" (safety bundles only; why in notes)
    QStringList notes;
    QJsonObject summary;      ///< counts for people: tables, rows, keys, files, bytes
    bool operator==(const Component&) const = default;
};

/// `manifest.json`, the last member; written when everything before it is proven.
struct Manifest {
    QList<Component> components;
    QList<Stream> streams;
    QJsonArray workloads;     ///< [{kind, name, replicas, images}] when the backup started
    QJsonObject completeness; ///< {score: 0..100, missing: [{id, reason}]}
    qint64 skewMilliseconds = 0; ///< between the first and the last snapshot
    QStringList notes;
    bool quiesced = false;
    QDateTime finished;
    QByteArray membersSha256; ///< over "name size sha256" lines of all members before the manifest, in order
    bool operator==(const Manifest&) const = default;
};

QJsonObject toJson(const Header&);
QJsonObject toJson(const Manifest&);
/// Hostile input: every field's type and range is checked; BadInput says which.
Result<Header> headerFromJson(const QByteArray& json);
Result<Manifest> manifestFromJson(const QByteArray& json);

} // namespace scalekeep::bundle
