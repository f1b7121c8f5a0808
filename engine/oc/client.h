#pragma once

#include "engine/base/secret.h"
#include "engine/oc/runner.h"

#include <QJsonArray>
#include <QJsonObject>
#include <QSet>

namespace scalekeep::oc {

/// Where the client finds one cluster: the program, the private kubeconfig (0600, written by the cluster module) and the
/// namespace. A value; no secret in it.
struct Connection {
    QString program;      ///< `oc` on PATH, or $SCALEKEEP_OC
    QString kubeconfig;
    QString namespaceName;
    QString cacheDir;     ///< KUBECACHEDIR, private to the program
    bool operator==(const Connection&) const = default;
};

/// A container of one pod, exactly named. The uid, when given, is checked by the callers that must not hit a replacement.
struct PodRef {
    QString pod;
    QString container;
    QString uid;
    bool operator==(const PodRef&) const = default;
};

/// What a command was and how it ended, for the journal, the log pane and the record. Already redacted.
struct CommandEvent {
    enum class Kind { Started, Finished };
    Kind kind = Kind::Started;
    quint64 number = 0;         ///< pairs Started with Finished
    QString commandLine;        ///< as one would type it in a shell
    int exitCode = 0;
    std::chrono::milliseconds duration{0};
    qint64 bytesOut = 0;
    qint64 bytesIn = 0;
    QString errorText;          ///< the tail of standard error without transport markers and known noise
};

/// Result of a short command in a container (form D): the exit status is the remote program's own, seen through its marker.
struct ExecResult {
    int exitCode = 0;
    QByteArray output;
    QByteArray errorText;
};

/// A verified stream out of a pod (form A): exit status, size and digest of the plain data as computed in the pod, and the
/// same as computed here. Only returned when they agree.
struct StreamProof {
    qint64 bytes = 0;          ///< plain bytes
    QByteArray sha256;         ///< of the plain bytes, hex; equal in the pod and here
    qint64 bytesThroughClient = 0; ///< what travelled (gzip where the container has it)
    bool compressedInTransit = false;
    QByteArray errorText;      ///< the remote program's own standard error (warnings), its last 64 KiB
    int exitCode = 0;          ///< the remote program's, one of StreamOptions::acceptedExitCodes
};

struct StreamOptions {
    std::chrono::milliseconds silence{90'000};      ///< neither data nor heartbeat: the connection is dead
    std::chrono::milliseconds dataSilence{600'000}; ///< heartbeats but no data: the dump hangs
    bool compress = true;                            ///< gzip in the pod as transport, where the container has it
    bool compressIfItPays = false;                   ///< and then only where the line is slow: for data that hardly shrinks
    QSet<int> acceptedExitCodes{0};                  ///< GNU tar's 1 means *changed while read*
    std::function<void(qint64 plainBytes, qint64 transportBytes)> progress;
};

/// All that Scalekeep asks of `oc`, for one connection. Blocking, for worker threads; thread-safe (no state but counters).
/// Reads are retried with back-off while the server can't be reached; writes never, unless said. Collaborators outlive it.
class Client {
public:
    using Observer = std::function<void(const CommandEvent&)>;

    Client(Connection connection, const Redactor& redactor, Observer observer = {}, std::stop_token stop = {});

    [[nodiscard]] const Connection& connection() const { return m_connection; }
    /// For what its owner does between two commands and must be cancelled with them.
    [[nodiscard]] const std::stop_token& stopToken() const { return m_stop; }
    [[nodiscard]] Client inNamespace(const QString& name) const;
    [[nodiscard]] Client withObserver(Observer observer, std::stop_token stop) const;

    // Reading ------------------------------------------------------------------------------------------------------------
    /// `get KINDS -o json`: items of all kinds; what could be read is returned although some kind is forbidden, the rest is
    /// named in `problems` (one Error a kind). A single dead session is an error.
    struct Listing { QJsonArray items; QList<Error> problems; };
    [[nodiscard]] Result<Listing> list(const QStringList& kinds, const QString& selector = {}) const;
    [[nodiscard]] Result<QJsonObject> get(const QString& kind, const QString& name) const;
    [[nodiscard]] Result<QByteArray> raw(const QString& path) const;
    [[nodiscard]] Result<QString> whoami() const;
    [[nodiscard]] Result<QJsonObject> version() const;
    /// "OpenShift 4.14.5"; "Kubernetes 1.27.8" for users to whom OpenShift does not tell its own; empty where neither can be told.
    [[nodiscard]] QString serverVersion() const;
    /// SelfSubjectRulesReview of the namespace; its status object.
    [[nodiscard]] Result<QJsonObject> rules() const;
    /// `auth can-i VERB RESOURCE [--subresource]`.
    [[nodiscard]] Result<bool> canI(const QString& verb, const QString& resource, const QString& subresource = {}) const;

    // In pods ------------------------------------------------------------------------------------------------------------
    /// Form D. No standard input. A missing marker is a transport failure; a non-zero remote status is in the result, not an Error.
    [[nodiscard]] Result<ExecResult> exec(const PodRef& pod, const QStringList& argv,
                                          std::chrono::milliseconds timeout = std::chrono::seconds(120)) const;
    /// Form D with an input of at most 1 MiB on the remote program's standard input (SQL text, never a dump); form B's guards apply.
    [[nodiscard]] Result<ExecResult> execWithInput(const PodRef& pod, const QStringList& argv, const QByteArray& input,
                                                   std::chrono::milliseconds timeout = std::chrono::seconds(120)) const;
    /// Form A with acknowledgement and heartbeats: the standard output of argv, plain, into the sink.
    [[nodiscard]] Result<StreamProof> streamOut(const PodRef& pod, const QStringList& argv, const ByteSink& sink,
                                                const StreamOptions& options = {}) const;
    /// Form B: writes `size` bytes with this digest to `path` in the pod, by a temporary name; nothing is left after a failure.
    [[nodiscard]] Result<void> streamIn(const PodRef& pod, const QString& path, qint64 size, const QByteArray& sha256,
                                        const ByteSource& source, const StreamOptions& options = {}) const;
    /// Which of these programs the container has (`command -v`).
    [[nodiscard]] Result<QSet<QString>> tools(const PodRef& pod, const QStringList& names) const;

    // Changing -----------------------------------------------------------------------------------------------------------
    // Objects travel on standard input as JSON, never in argv.
    [[nodiscard]] Result<QJsonObject> create(const QJsonObject& object, bool dryRun = false) const; ///< AlreadyExists when it is there
    [[nodiscard]] Result<QJsonObject> replace(const QJsonObject& object, bool dryRun = false) const; ///< needs a fresh resourceVersion; dryRun: the server only says what would come of it
    [[nodiscard]] Result<QJsonObject> applyServerSide(const QJsonObject& object, bool dryRun = false) const;
    [[nodiscard]] Result<QJsonObject> patch(const QString& kind, const QString& name, const QJsonObject& mergePatch) const;
    [[nodiscard]] Result<void> remove(const QString& kind, const QString& name, bool wait = true,
                                      std::chrono::seconds timeout = std::chrono::seconds(120)) const; ///< absent is success
    [[nodiscard]] Result<void> scale(const QString& kindAndName, int replicas, std::optional<int> current = {}) const;
    [[nodiscard]] Result<void> rolloutLatest(const QString& dc) const;                     ///< waits out "#N is already in progress"
    [[nodiscard]] Result<void> rolloutRestart(const QString& kindAndName) const;
    [[nodiscard]] Result<void> rolloutStatus(const QString& kindAndName, std::chrono::seconds timeout) const;
    [[nodiscard]] Result<void> rolloutPause(const QString& kindAndName) const;
    [[nodiscard]] Result<void> rolloutResume(const QString& kindAndName) const;
    [[nodiscard]] Result<void> waitForDeletion(const QString& kind, const QString& name, std::chrono::seconds timeout) const;
    /// `process --local -f -`: the file's template with these values of its parameters on standard input.
    [[nodiscard]] Result<QJsonArray> processTemplate(const QString& file, const QMap<QString, QString>& parameters) const;

private:
    [[nodiscard]] Command command(const QStringList& args) const;
    /// Runs it, with its events; a read again while the server can't be reached.
    [[nodiscard]] CommandResult run(const Command& command) const;
    [[nodiscard]] CommandResult runOnce(const Command& command) const;
    [[nodiscard]] Error failure(const CommandResult& result, const QString& doing) const;
    /// Of a command in a pod, "not found" says that the pod is gone, which says nothing of the data it served.
    [[nodiscard]] static Error podFailure(Error error);
    /// The same for a change: where the answer may have been lost, the hint says that it may have happened all the same.
    [[nodiscard]] Error changeFailure(const CommandResult& result, const QString& doing) const;
    [[nodiscard]] Error redacted(Error error) const;
    [[nodiscard]] Result<QJsonObject> answer(const Command& command, const QString& doing) const;
    [[nodiscard]] static Result<QJsonObject> objectIn(const CommandResult& result, const QString& doing);
    [[nodiscard]] Result<QJsonObject> send(const QStringList& args, const QJsonObject& object, const QString& doing) const;
    [[nodiscard]] Result<void> change(const QStringList& args, const QString& doing, std::chrono::seconds timeout = std::chrono::seconds(120)) const;
    [[nodiscard]] Result<Listing> listOneByOne(const QStringList& kinds, const QString& selector) const;
    [[nodiscard]] Result<ExecResult> marked(const CommandResult& result, const QString& nonce, std::chrono::milliseconds timeout, const QString& doing) const;
    /// False when the run was cancelled meanwhile.
    [[nodiscard]] bool pause(std::chrono::milliseconds time) const;

    Connection m_connection;
    const Redactor* m_redactor;
    Observer m_observer;
    std::stop_token m_stop;
};

} // namespace scalekeep::oc
