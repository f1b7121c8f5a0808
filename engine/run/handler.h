#pragma once

#include "engine/base/secret.h"
#include "engine/bundle/reader.h"
#include "engine/bundle/writer.h"
#include "engine/catalog/catalog.h"
#include "engine/cluster/inventory.h"
#include "engine/oc/client.h"
#include "engine/plan/plan.h"
#include "engine/run/journal.h"

#include <QHash>

namespace scalekeep::run {

class Lock;

/// What the steps of one run share. Lives as long as the run; the members that change are guarded by `mutex`.
struct Context {
    const oc::Client* client = nullptr;            ///< in the run's namespace
    const catalog::Catalog* catalog = nullptr;
    Redactor* redactor = nullptr;
    bundle::Writer* writer = nullptr;              ///< of a backup, or of a restore's safety bundle
    const bundle::Reader* reader = nullptr;        ///< of a restore
    std::unique_ptr<bundle::Reader> safety;        ///< a restore's safety bundle, once it is proven
    Lock* lock = nullptr;
    std::optional<QString> restoreMark;            ///< of a backup: as restoreMark() saw it before the first read; none: it could not be looked
    QString runId, nonce;
    QString bundlePath;                            ///< final path of what the writer writes
    mutable std::mutex mutex;
    cluster::Inventory inventory;                  ///< refreshed by steps that replace pods
    QHash<QString, QJsonObject> results;           ///< step id -> what its handler answered
    bundle::Manifest manifest;                     ///< grows while a backup runs
    QHash<QString, QDateTime> snapshots;           ///< component -> the moment that its dump shows

    /// What the step has answered, empty where it has not. Not to be asked by who holds `mutex`.
    [[nodiscard]] QJsonObject result(const QString& step) const
    {
        const std::lock_guard guard(mutex);
        return results.value(step);
    }
};

/// One step being run: its own client (whose commands are journaled under the step), progress and log.
struct StepRun {
    Context& context;
    const plan::Step& step;
    oc::Client client;
    std::stop_token stop;
    std::function<void(qint64 done, qint64 total, const QString& unit)> progress;
    std::function<void(const QString& text)> log;               ///< redacted by the executor
    /// A fact that undo, resume or the record need (originals, digests, counts): journaled and synced before it returns.
    std::function<Result<void>(const QJsonObject& evidence)> evidence;
    QList<QJsonObject> earlierEvidence;                         ///< of this step, when it is undone, probed or resumed
    std::function<QList<QJsonObject>(const QString& step)> evidenceOf; ///< what another step of this run has noted, in whatever pass
    QJsonObject found;                                          ///< set by a probe that answers Happened: the step's answer, which it could not give itself
};

class Handler;
using Handlers = QHash<QString, std::shared_ptr<const Handler>>;

/// How one kind of step is run, undone and probed. Stateless and shared; blocking; thread-safe.
class Handler {
public:
    enum class Probe { NotHappened, Happened, Partly, Unknown };
    virtual ~Handler() = default;
    /// The answer is kept in Context::results and in the journal (step-done).
    virtual Result<QJsonObject> run(StepRun& step) const = 0;
    virtual Result<void> undo(StepRun& step) const;             ///< default: Unsupported
    virtual Result<Probe> probe(StepRun& step) const;           ///< default: Unknown
    /// The step was done by an earlier pass of a run that goes on now: takes back into the context what only memory held, and looks whether what
    /// the step made is still there where later steps need it. False: it is run again. Called in the plan's order. Default: true.
    virtual Result<bool> recall(StepRun& step, const QJsonObject& result) const;
    /// From its begin until a proof of its component or its undo, the component's data is neither the old nor the new: the lock says so, and no
    /// writer is started meanwhile, whoever asks for it.
    [[nodiscard]] virtual bool endangersData() const { return false; }
    /// It takes away what only an undo back beyond its component's proof would need. A failure behind the proof leaves it done: a resumed run would look
    /// in vain for what it works with.
    [[nodiscard]] virtual bool staysDone() const { return false; }

    /// Whether it has an undo and a probe of its own; known for those that add() made.
    [[nodiscard]] bool hasUndo() const { return m_hasUndo; }
    [[nodiscard]] bool hasProbe() const { return m_hasProbe; }

private:
    template <class H, class... Arguments>
    friend void add(Handlers& handlers, const QString& action, Arguments&&... arguments);
    bool m_hasUndo = false, m_hasProbe = false;
};

/// Registers a handler. What it overrides is read from its type, so that a step without an undo or a probe is seen by a test, not by a user.
template <class H, class... Arguments>
void add(Handlers& handlers, const QString& action, Arguments&&... arguments)
{
    auto handler = std::make_shared<H>(std::forward<Arguments>(arguments)...);
    Handler& base = *handler;
    base.m_hasUndo = !std::is_same_v<decltype(&H::undo), decltype(&Handler::undo)>;
    base.m_hasProbe = !std::is_same_v<decltype(&H::probe), decltype(&Handler::probe)>;
    handlers.insert(action, std::move(handler));
}

} // namespace scalekeep::run
