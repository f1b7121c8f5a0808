#pragma once

#include "engine/index/index.h"
#include "engine/run/handler.h"

/// What the engines (MySQL, PostgreSQL, Redis, files, objects) share: finding the container, streaming a dump into a bundle with its
/// index and proof, staging a stream in a pod. Functions for handlers; they run on the step's thread.
namespace scalekeep::store {

/// The component that the step works on, as the catalogue describes it.
Result<const catalog::Component*> componentOf(const run::StepRun& step);

/// The running, ready pod of a component and its container, as it is now (pods are replaced). After some patience one that runs but is not ready.
Result<oc::PodRef> containerOf(run::StepRun& step, const catalog::Component& component);

/// A dump on its way out of a pod.
struct Dump {
    const catalog::Component& component;
    QString stream, format;           ///< names in the bundle
    oc::PodRef pod;
    QStringList argv;                 ///< prints the dump on standard output
    QSet<int> acceptedExitCodes{0};
    /// What the bundle is to say of a dump whose program ended with another accepted status than 0; Conflict: it cannot be used, but may be read again.
    std::function<Result<QStringList>(const oc::StreamProof&)> notes = {};
    QDateTime snapshot = {};          ///< the moment that the data shows; invalid: when the first byte arrives
    bool compress = true;
    bool compressIfItPays = false;    ///< text always shrinks; the rest is compressed on a slow line only
};
/// Streams into the bundle that the context writes, with digest, index and end mark; adds stream and component to the manifest.
/// The answer is the step's result: bytes, transport, sha256, summary. A dump that must not be older than another one (the step's parameter
/// `afterSnapshotOf`) is whole only after that one, and is read again where that one had to be begun again.
Result<QJsonObject> dumpToBundle(run::StepRun& step, const Dump& dump);

/// A bundle's stream as a file in a pod, gzip-compressed where the container has gzip: the path ends in .gz then.
/// Checks free space first; NoSpace says how much is missing.
struct Staged { QString path; bool compressed = false; };
/// Its name holds the run's nonce: stagedPath() is its beginning, also where the safety bundle's stream is staged, under a name of its own.
QString stagedPath(const run::Context& context, const QString& directory, const QString& stream);
Result<Staged> stageInPod(run::StepRun& step, const bundle::Reader& reader, const bundle::Stream& stream, const oc::PodRef& pod, const QString& directory,
                          bool mayCompress = true);
/// Removes a staged file and what an interrupted transfer left of it: everything whose path begins so. Absent is success.
Result<void> unstage(run::StepRun& step, const oc::PodRef& pod, const QString& path);

/// Free bytes of the file system that holds `directory` in the container.
Result<qint64> freeBytesInPod(run::StepRun& step, const oc::PodRef& pod, const QString& directory);

/// exec that turns a non-zero status into an Error whose detail is the remote program's own words. Output trimmed.
Result<QByteArray> execChecked(const run::StepRun& step, const oc::PodRef& pod, const QStringList& argv, const QString& doing,
                               std::chrono::milliseconds timeout = std::chrono::seconds(120));

/// A long command in a pod under form A's heartbeats and orphan guard (a load, a rake task); its standard output, at most 1 MiB.
Result<QByteArray> runLong(const run::StepRun& step, const oc::PodRef& pod, const QStringList& argv, const QString& doing);

/// Ends processes in the pod that an earlier, interrupted attempt of any of our runs left behind (their command line holds our mark).
Result<void> endOrphans(run::StepRun& step, const oc::PodRef& pod);
/// The mark that long commands carry in their argument vector.
QString orphanMark(const run::Context& context);

/// Waits until the moment of `component`'s snapshot is known in the context (another step of the stage takes it).
Result<void> awaitSnapshot(run::StepRun& step, const QString& component);
/// Invalid while it is not known.
QDateTime snapshotOf(run::Context& context, const QString& component);
void noteSnapshot(run::Context& context, const QString& component, const QDateTime& moment);

/// Sleeps in small pieces; Cancelled when the run is stopped.
Result<void> pause(const run::StepRun& step, std::chrono::milliseconds time);

/// Commands of the data stores run under bash: the Software Collections images of 3scale 2.7 put mysql, redis-cli and psql on the PATH through
/// BASH_ENV, which sh does not read.
inline const QString storeShell = QStringLiteral("bash");

/// Quotes for a POSIX shell.
QString quoted(const QString& text);

} // namespace scalekeep::store
