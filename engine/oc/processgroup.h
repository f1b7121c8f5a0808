#pragma once

#include <QProcess>

namespace scalekeep::oc {

/// The group (a job object on Windows) that a child leads, so that ending it ends what it started too. Belongs to one run and its thread.
class ProcessGroup {
public:
    ProcessGroup() = default;
#ifdef Q_OS_WIN
    ~ProcessGroup();
#else
    ~ProcessGroup() = default;
#endif
    ProcessGroup(const ProcessGroup&) = delete;
    ProcessGroup& operator=(const ProcessGroup&) = delete;

    /// Before the start: the child will lead a group of its own and die with the thread that starts it.
    void prepare(QProcess& process);
    /// After the start.
    void adopt(const QProcess& process);
    void terminate() const; ///< asks to end (SIGTERM; on Windows ends at once)
    void kill() const;      ///< ends what is left

private:
#ifdef Q_OS_WIN
    void* m_job = nullptr;
#else
    qint64 m_leader = 0;
#endif
};

} // namespace scalekeep::oc
