#include "models/common/format.h"

#include <QCoreApplication>
#include <QLocale>

#include <array>
#include <cmath>

namespace scalekeep::models {

using namespace Qt::Literals::StringLiterals;

namespace {
struct Texts {
    Q_DECLARE_TR_FUNCTIONS(scalekeep::models::Format)
};

constexpr std::array<const char*, 5> units{"B", "KiB", "MiB", "GiB", "TiB"};

int unitOf(double bytes)
{
    int unit = 0;
    for (; bytes >= 1000 && unit + 1 < int(units.size()); ++unit)
        bytes /= 1024;
    return unit;
}

QString number(double value, bool whole)
{
    const double tenths = std::round(value * 10) / 10;
    return QLocale().toString(tenths, 'f', whole || value >= 100 || tenths == std::floor(tenths) ? 0 : 1);
}

QString inUnit(double bytes, int unit)
{
    return number(bytes / std::pow(1024.0, unit), unit == 0);
}
} // namespace

QString formatBytes(qint64 bytes)
{
    if (bytes < 0)
        return u"–"_s;
    const int unit = unitOf(double(bytes));
    return u"%1 %2"_s.arg(inUnit(double(bytes), unit), QLatin1String(units[size_t(unit)]));
}

QString formatBytesOf(qint64 done, qint64 total)
{
    if (total <= 0)
        return formatBytes(done);
    const int unit = unitOf(double(total)), own = unitOf(double(done));
    if (done == 0 || unit == own)
        return Texts::tr("%1 of %2 %3").arg(inUnit(double(done), unit), inUnit(double(total), unit), QLatin1String(units[size_t(unit)]));
    return Texts::tr("%1 of %2").arg(formatBytes(done), formatBytes(total));
}

QString formatRate(double bytesPerSecond)
{
    return bytesPerSecond < 0 ? u"–"_s : Texts::tr("%1/s").arg(formatBytes(qint64(bytesPerSecond)));
}

QString formatCount(qint64 count)
{
    return QLocale().toString(count);
}

QString formatDuration(qint64 milliseconds)
{
    const qint64 seconds = std::max<qint64>(milliseconds, 0) / 1000;
    const qint64 hours = seconds / 3600, minutes = seconds / 60 % 60;
    if (hours > 0)
        return u"%1:%2:%3"_s.arg(hours).arg(minutes, 2, 10, QChar(u'0')).arg(seconds % 60, 2, 10, QChar(u'0'));
    return u"%1:%2"_s.arg(minutes).arg(seconds % 60, 2, 10, QChar(u'0'));
}

QString formatMoment(const QDateTime& time, const QDateTime& now)
{
    if (!time.isValid())
        return u"–"_s;
    const QDateTime local = time.toLocalTime();
    const QString clock = local.toString(u"HH:mm"_s);
    if (local.date() == now.date())
        return Texts::tr("Today %1").arg(clock);
    if (local.date() == now.date().addDays(-1))
        return Texts::tr("Yesterday %1").arg(clock);
    const QString day = QLocale().toString(local.date(), local.date().year() == now.date().year() ? u"d MMM"_s : u"d MMM yyyy"_s);
    return u"%1 %2"_s.arg(day, clock);
}

QString formatExact(const QDateTime& time)
{
    return time.isValid() ? QLocale().toString(time.toUTC(), u"d MMM yyyy, HH:mm:ss"_s) + u" UTC"_s : u"–"_s;
}

QString formatAge(const QDateTime& since, const QDateTime& now)
{
    if (!since.isValid())
        return u"–"_s;
    const qint64 minutes = std::max<qint64>(since.secsTo(now), 0) / 60;
    if (minutes >= 2 * 24 * 60)
        return Texts::tr("%1 d").arg(minutes / (24 * 60));
    if (minutes >= 2 * 60)
        return Texts::tr("%1 h").arg(minutes / 60);
    return Texts::tr("%1 min").arg(minutes);
}

} // namespace scalekeep::models
