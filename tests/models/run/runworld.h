#pragma once

#include "models/run/runhub.h"
#include "models/run/runstate.h"

#include <QTemporaryDir>
#include <QThreadPool>

#include <condition_variable>
#include <list>

/// A home, an `oc` that knows the lock and `whoami`, and plans whose steps do what the test says: what a RunHub needs to run for real.
class RunWorld {
public:
    using Run = std::function<scalekeep::Result<QJsonObject>(scalekeep::run::StepRun&)>;
    using Undo = std::function<scalekeep::Result<void>(scalekeep::run::StepRun&)>;

    RunWorld();
    ~RunWorld();

    void onRun(const QString& id, Run run) { m_run.insert(id, std::move(run)); }
    void onUndo(const QString& id, Undo undo) { m_undo.insert(id, std::move(undo)); }
    static scalekeep::plan::Step step(const QString& id, qint64 weight = 1);
    static scalekeep::plan::Step change(const QString& id);
    static scalekeep::plan::Plan plan(const QList<scalekeep::plan::Step>& steps, int parallel = 1);
    /// What its `oc` answers from now on: the objects of the namespace, without pods and Secrets, moved into it; its project; the lock in it.
    void putNamespace(const QJsonArray& objects) const;
    void putProject(const QString& uid) const;    ///< the namespace's; until then it has none
    void putLock(const QJsonObject& data) const;
    void putLockMeanwhile(const QJsonObject& data, bool before) const; ///< by somebody else, right before or behind the next replacement of the lock
    [[nodiscard]] QJsonObject lock() const;       ///< its data; empty: there is none
    void removeLock() const;
    void hideLock() const;                        ///< from now on nobody may see whether there is one, where there is none
    void loseAnswers() const; ///< what is asked about the lock is carried out, but its answer lost
    [[nodiscard]] int replicas(const QString& name) const; ///< of a DeploymentConfig; 0 until it is scaled
    /// A login to the cluster north, for what takes its connection from the workplace; its `oc` is that of this world.
    void logIn() const;
    /// As if the program had been killed there.
    void cutAfter(const QString& runId, const QByteArray& type, const QByteArray& step) const;
    scalekeep::models::RunRequest request(const scalekeep::plan::Plan& plan) const;
    [[nodiscard]] scalekeep::oc::Connection connection() const;
    [[nodiscard]] const scalekeep::models::Workplace& workplace() const { return *m_workplace; }

    /// Blocks until it is opened or the step is stopped.
    class Gate {
    public:
        void open();
        [[nodiscard]] bool wait(const std::stop_token& stop);
    private:
        std::mutex m_mutex;
        std::condition_variable_any m_changed;
        bool m_open = false;
    };

    /// Outlives every run.
    Gate& gate() { return m_gates.emplace_back(); }

private:
    class TestHandler;
    void put(const QString& name, const QJsonObject& object) const;
    std::list<Gate> m_gates;
    QTemporaryDir m_directory;
    scalekeep::Redactor m_redactor;
    std::unique_ptr<scalekeep::cluster::Logins> m_logins;
    QThreadPool m_workers;
    std::unique_ptr<scalekeep::models::Workplace> m_workplace;
    QHash<QString, Run> m_run;
    QHash<QString, Undo> m_undo;
};
