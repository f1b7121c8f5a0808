#pragma once

#include "models/bundles/bundlelibrary.h"

#include <atomic>
#include <stop_token>

namespace scalekeep::models {

/// One long operation on a bundle.
struct BundleJob {
    enum class Kind { Verify, Extract, Salvage, Digest };
    enum class State { Running, Done, Failed, Cancelled };
    int id = 0;
    Kind kind = Kind::Verify;
    QString bundle;          ///< path
    QString title;           ///< "Verifying prod-eu-3scale.scalekeep.tar"
    State state = State::Running;
    int percent = -1;        ///< negative: not known
    QString result;          ///< one sentence when it has ended
    QString output;          ///< folder or file that was written
    QStringList details;     ///< problems found, streams saved and lost
    std::optional<Error> error;
};

/// What to extract: everything, some components, or one file.
struct ExtractRequest {
    QString bundle, folder;
    QStringList components = {};                                ///< empty: all
    QString fileComponent = {}, fileStream = {}, fileName = {}; ///< one file instead: its stream, and the name that it gets in the folder
    QByteArray file = {}, fileSha256 = {};                      ///< its path in the archive and its digest by the index
};

/// Verifies, extracts, salvages, digests and moves to the trash: on the workplace's workers, several at once. GUI thread; library and
/// workplace must outlive it. The jobs of the session stay listed, the newest last.
class BundleJobs : public QObject {
    Q_OBJECT
public:
    BundleJobs(const Workplace& workplace, BundleLibrary& library, QObject* parent = nullptr);
    ~BundleJobs() override; ///< asks running jobs to stop

    int verify(const QString& bundle); ///< answers the job's id; that of the running one where there is one already
    int extract(const ExtractRequest& request);
    int salvage(const QString& bundle, const QString& output);
    int digest(const QString& bundle);
    void cancel(int id);

    [[nodiscard]] const QList<BundleJob>& jobs() const { return m_jobs; }
    [[nodiscard]] const BundleJob* job(int id) const;
    [[nodiscard]] const BundleJob* running(const QString& bundle) const;
    [[nodiscard]] QList<BundleJob> runningJobs() const;
    /// SHA-256 of the file as it is now, where it has been computed in this session.
    [[nodiscard]] QByteArray fileDigest(const QString& bundle) const;

    /// Where the platform says where the file went it can come back; else `trashed` is empty.
    using TrashAnswer = std::function<void(const Result<void>& done, const QString& trashed)>;
    void moveToTrash(const QString& bundle, QObject* context, TrashAnswer answer);
    void bringBack(const QString& trashed, const QString& bundle, QObject* context, std::function<void(const Result<void>&)> answer);
    /// A file name beside the bundle for what is salvaged out of it, which is not taken yet.
    static QString salvagePath(const QString& bundle);

Q_SIGNALS:
    void started(int id);
    void progressed(int id); ///< at most four times a second
    void ended(int id);

private:
    struct Control {
        std::stop_source stop;
        std::atomic<qint64> done = 0, total = 0;
    };
    struct Outcome {
        std::optional<Error> error;
        QString result, output;
        QStringList details;
        std::optional<Verification> verification;
        QByteArray digest;
    };
    using Work = std::function<Outcome(Control&)>;
    int start(BundleJob job, Work work);
    int runningId(BundleJob::Kind kind, const QString& bundle) const;
    void finish(int id, const FileStamp& file, const Outcome& outcome);
    void tick();
    static Outcome runVerify(const QString& bundle, Control& control);
    static Outcome runExtract(const ExtractRequest& request, Control& control);

    const Workplace& m_workplace;
    BundleLibrary& m_library;
    QList<BundleJob> m_jobs;
    QHash<int, std::shared_ptr<Control>> m_controls;
    QHash<QString, QByteArray> m_digests; ///< by FileStamp::key()
    QTimer m_timer;
    int m_next = 1;
};

} // namespace scalekeep::models
