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
    QString cluster; ///< the user's name of the cluster
    QString apiUrl;  ///< identity of an installation: API URL, project UID, wildcard domain
    QString namespaceName;
    QString projectUid;
    QString wildcardDomain;
    QString threescaleVersion; ///< these three are empty where the namespace did not tell: a guess is no fact
    QString flavour;           ///< "template" or "operator"
    QString workloadKind;      ///< "DeploymentConfig" or "Deployment"
    QString purpose;      ///< "backup" or "safety"
    QString runId;
    QString program;          ///< "scalekeep 0.1.0"
    QString operatorIdentity; ///< `oc whoami`
    QDateTime started;        ///< UTC
    bool operator==(const Header&) const = default;
};

/// One data stream of a component. Members: streams/<component>/<stream>/<000001>.zst, and `stream.json` (this value)
/// when the stream is whole; an empty stream has one segment of an empty frame. `component` and `name`: letters,
/// digits, `.`, `_`, `-`, 78 characters together at most, so that no tar needs an extension for the members' names.
struct Stream {
    QString component;      ///< catalogue id, e.g. "system-mysql"
    QString name;           ///< e.g. "dump.sql", "dump.rdb", "files.tar", "objects.json"
    QString format;         ///< "mysqldump", "pg_dump", "rdb", "tar", "json"
    qint64 bytes = 0;       ///< plain
    QByteArray sha256;      ///< of the plain data, as computed here
    QByteArray podSha256;   ///< as computed in the pod; empty for what was not streamed from a pod
    qint64 storedBytes = 0; ///< in the bundle
    qint64 transportBytes = 0;
    int segments = 0;
    QString endMark;                       ///< what proved the end, in words
    QDateTime started, finished, snapshot; ///< snapshot: the moment that the data shows
    bool operator==(const Stream&) const = default;
};

struct Component {
    QString id, title, engine;
    QString pod, container, image, serverVersion;
    QString state; ///< "proven", "absent" (nothing there), "unreadable" (safety bundles only; why in notes)
    QStringList notes;
    QJsonObject summary; ///< counts for people: tables, rows, keys, files, bytes
    bool operator==(const Component&) const = default;
};

/// `manifest.json`, the last member; written when everything before it is proven.
struct Manifest {
    QList<Component> components;
    QList<Stream> streams;
    QJsonArray workloads;        ///< [{kind, name, replicas, images}] when the backup started
    QJsonObject completeness;    ///< {score: 0..100, missing: [{id, reason}]}
    qint64 skewMilliseconds = 0; ///< between the first and the last snapshot
    QStringList notes;
    bool quiesced = false;
    QDateTime finished;
    QByteArray membersSha256; ///< over "name size sha256" lines of all members before the manifest, in order
    QMap<QString, QByteArray> indexSha256; ///< component -> SHA-256 of its plain index
    QStringList abandoned; ///< "component/name" of streams that were given up half-way; their segments mean nothing
    bool operator==(const Manifest&) const = default;
};

QJsonObject toJson(const Header&);
QJsonObject toJson(const Stream&);
QJsonObject toJson(const Manifest&);

/// What bundle.json, stream.json and manifest.json hold: the object and, under "seal", the SHA-256 of the whole text
/// with that value as 64 zeros, so that no byte of it can change unseen.
QByteArray sealedJson(QJsonObject object);
/// Hostile input: the seal (Damaged) and every field's type and range (BadInput) are checked. A bundle of a newer
/// formatVersion is Unsupported.
Result<Header> headerFromJson(const QByteArray& json);
Result<Stream> streamFromJson(const QByteArray& json);
Result<Manifest> manifestFromJson(const QByteArray& json);

} // namespace scalekeep::bundle
