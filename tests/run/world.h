#pragma once

#include "engine/run/executor.h"
#include "engine/run/lock.h"

#include <QTemporaryDir>

#include <atomic>

/// What the executor needs around it, with steps that a test makes: every step's action is "test", its handler does what the test
/// said for the step's id, else nothing.
class World {
public:
    using Run = std::function<scalekeep::Result<QJsonObject>(scalekeep::run::StepRun&)>;
    using Undo = std::function<scalekeep::Result<void>(scalekeep::run::StepRun&)>;
    using Recall = std::function<scalekeep::Result<bool>(scalekeep::run::StepRun&, const QJsonObject&)>;

    World();

    static scalekeep::plan::Step step(const QString& id, const QStringList& after = {});
    static scalekeep::plan::Step change(const QString& id);
    static scalekeep::plan::Plan plan(const QList<scalekeep::plan::Step>& steps, int parallel = 1);

    void onRun(const QString& id, Run run) { m_run.insert(id, std::move(run)); }
    void onUndo(const QString& id, Undo undo) { m_undo.insert(id, std::move(undo)); }
    void onProbe(const QString& id, scalekeep::run::Handler::Probe answer) { m_probe.insert(id, answer); }
    void onFound(const QString& id, QJsonObject answer) { m_found.insert(id, std::move(answer)); }
    void onRecall(const QString& id, Recall recall) { m_recall.insert(id, std::move(recall)); }
    /// Steps of this action are as those of "test".
    void addAction(const QString& action);
    /// Steps of this action overwrite their component's data.
    void addEndangering(const QString& action);
    /// Steps of this action are not taken back behind a proof.
    void addStaying(const QString& action);
    void failAt(const QString& id, const QString& message = QStringLiteral("It broke."));

    /// A new journal, or what is left of it after a crash.
    scalekeep::run::Outcome run(const scalekeep::plan::Plan& plan, std::stop_token stop = {});
    scalekeep::run::Outcome resume(const scalekeep::plan::Plan& plan);
    scalekeep::run::Outcome undo(const scalekeep::plan::Plan& plan);
    /// Cuts the journal right behind the first event of this type and step, as a crash does; forgets the calls so far.
    void crashAfter(const QString& type, const QString& step);
    /// Takes the namespace's lock; the file that holds it in the imagined cluster.
    QString lock();

    [[nodiscard]] QStringList calls() const; ///< "run:a", "undo:a", "probe:a", in order
    void forgetCalls();
    [[nodiscard]] QList<scalekeep::run::Event> live() const;
    [[nodiscard]] QList<scalekeep::run::Event> journal() const;
    [[nodiscard]] QString journalPath() const { return m_directory.filePath(QStringLiteral("journal.jsonl")); }
    [[nodiscard]] int mostAtOnce() const { return m_most; }
    scalekeep::Redactor& redactor() { return m_redactor; }
    [[nodiscard]] const scalekeep::oc::Client& client() const { return *m_client; }
    [[nodiscard]] const scalekeep::run::Handlers& handlers() const { return m_handlers; }
    [[nodiscard]] QString home() const { return m_directory.path(); }
    scalekeep::run::Executor::Guards guards;
    [[nodiscard]] QHash<QString, QJsonObject> results() const { return m_results; }

private:
    class TestHandler;
    scalekeep::run::Outcome with(const std::function<scalekeep::run::Outcome(scalekeep::run::Executor&, scalekeep::run::Context&)>& execute, bool fresh);
    void note(const QString& call);

    QTemporaryDir m_directory;
    scalekeep::Redactor m_redactor;
    std::unique_ptr<scalekeep::oc::Client> m_client;
    std::unique_ptr<scalekeep::run::Lock> m_lock;
    scalekeep::run::Handlers m_handlers;
    QHash<QString, Run> m_run;
    QHash<QString, Undo> m_undo;
    QHash<QString, Recall> m_recall;
    QHash<QString, scalekeep::run::Handler::Probe> m_probe;
    QHash<QString, QJsonObject> m_results, m_found;
    mutable std::mutex m_mutex;
    QStringList m_calls;
    QList<scalekeep::run::Event> m_live;
    std::atomic<int> m_now = 0, m_most = 0;
};
