#include "engine/oc/processgroup.h"

#ifdef Q_OS_WIN
#include <windows.h>
#else
#include <csignal>
#include <unistd.h>
#ifdef Q_OS_LINUX
#include <sys/prctl.h>
#endif
#endif

namespace scalekeep::oc {

#ifdef Q_OS_WIN

ProcessGroup::~ProcessGroup()
{
    if (m_job)
        CloseHandle(m_job);
}

void ProcessGroup::prepare(QProcess&)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits{};
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
    m_job = CreateJobObjectW(nullptr, nullptr);
    SetInformationJobObject(m_job, JobObjectExtendedLimitInformation, &limits, sizeof(limits));
}

void ProcessGroup::adopt(const QProcess& process)
{
    const HANDLE child = OpenProcess(PROCESS_SET_QUOTA | PROCESS_TERMINATE, FALSE, static_cast<DWORD>(process.processId()));
    AssignProcessToJobObject(m_job, child);
    CloseHandle(child);
}

void ProcessGroup::terminate() const { kill(); }
void ProcessGroup::kill() const { TerminateJobObject(m_job, 1); }

#else

void ProcessGroup::prepare(QProcess& process)
{
    process.setChildProcessModifier([parent = ::getpid()] {
        ::setpgid(0, 0);
#ifdef Q_OS_LINUX
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        // The parent may have died before the line above took effect.
        if (::getppid() != parent)
            ::_exit(127);
#else
        Q_UNUSED(parent);
#endif
    });
}

void ProcessGroup::adopt(const QProcess& process) { m_leader = process.processId(); }

void ProcessGroup::terminate() const
{
    if (m_leader > 0)
        ::kill(static_cast<pid_t>(-m_leader), SIGTERM);
}

void ProcessGroup::kill() const
{
    if (m_leader > 0)
        ::kill(static_cast<pid_t>(-m_leader), SIGKILL);
}

#endif

} // namespace scalekeep::oc
