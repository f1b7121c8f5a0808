#pragma once

#include "tests/base/sanitized.h"

#include <QFile>

/// True while the process is there and not only waits to be reaped (a zombie still answers kill()).
inline bool lives(qint64 pid)
{
    QFile stat(QStringLiteral("/proc/%1/stat").arg(pid));
    if (!stat.open(QIODevice::ReadOnly))
        return false;
    const QByteArray line = stat.readAll();
    return !line.mid(line.lastIndexOf(')') + 2).startsWith('Z');
}

/// How much memory this program took at its peak beyond what it had when this was made.
class MemoryPeak {
public:
    MemoryPeak()
    {
        QFile clear(QStringLiteral("/proc/self/clear_refs"));
        if (clear.open(QIODevice::WriteOnly))
            clear.write("5");
        m_before = kib();
    }
    [[nodiscard]] bool below(qint64 mebibytes) const
    {
        return isSanitized || (m_before > 0 && kib() - m_before < mebibytes * 1024);
    }

private:
    static qint64 kib()
    {
        QFile status(QStringLiteral("/proc/self/status"));
        if (!status.open(QIODevice::ReadOnly))
            return -1;
        for (const QByteArray& line : status.readAll().split('\n')) {
            if (line.startsWith("VmHWM:"))
                return line.mid(6).trimmed().split(' ').first().toLongLong();
        }
        return -1;
    }
    qint64 m_before = -1;
};
