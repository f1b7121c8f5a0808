#pragma once

#include <QDateTime>
#include <QString>

/// Numbers and times as the window shows them (mock-ups, Wording): one decimal under 10, none above 100; m:ss; an em dash where
/// nothing is known.
namespace scalekeep::models {

QString formatBytes(qint64 bytes);                            ///< "3.4 GiB"; negative: "–"
QString formatBytesOf(qint64 done, qint64 total);             ///< "1.8 of 2.9 GiB", one unit for both where they share it
QString formatRate(double bytesPerSecond);                    ///< "38.2 MiB/s"
QString formatCount(qint64 count);                            ///< "1,902,118" by locale
QString formatDuration(qint64 milliseconds);                  ///< "1:19", "1:02:05"
QString formatMoment(const QDateTime& time, const QDateTime& now = QDateTime::currentDateTime()); ///< "Today 10:41", "20 Nov 17:32"
QString formatExact(const QDateTime& time);                   ///< "22 Nov 2026, 10:41:07 UTC"
QString formatAge(const QDateTime& since, const QDateTime& now = QDateTime::currentDateTime());   ///< "3 d", "7 h", "12 min"

} // namespace scalekeep::models
