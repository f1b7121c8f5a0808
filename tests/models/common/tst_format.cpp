#include "models/common/components.h"
#include "models/common/format.h"

#include <QTest>

using namespace scalekeep::models;
using namespace Qt::Literals::StringLiterals;

class TestFormat : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void bytes()
    {
        QCOMPARE(formatBytes(-1), u"–"_s);
        QCOMPARE(formatBytes(0), u"0 B"_s);
        QCOMPARE(formatBytes(1100), u"1.1 KiB"_s);
        QCOMPARE(formatBytes(qint64(3.4 * 1024 * 1024 * 1024)), u"3.4 GiB"_s);
        QCOMPARE(formatBytes(214LL * 1024 * 1024), u"214 MiB"_s);
        QCOMPARE(formatBytes(1023LL * 1024 * 1024), u"1 GiB"_s);
        QCOMPARE(formatBytesOf(qint64(1.8 * 1024 * 1024 * 1024), qint64(2.9 * 1024 * 1024 * 1024)), u"1.8 of 2.9 GiB"_s);
        QCOMPARE(formatBytesOf(0, 1024), u"0 of 1 KiB"_s);
    }
    void times()
    {
        QCOMPARE(formatDuration(79'000), u"1:19"_s);
        QCOMPARE(formatDuration(3'725'000), u"1:02:05"_s);
        const QDateTime now(QDate(2026, 11, 22), QTime(12, 0), Qt::UTC);
        QCOMPARE(formatMoment(QDateTime(QDate(2026, 11, 22), QTime(10, 41), Qt::UTC), now), u"Today 10:41"_s);
        QCOMPARE(formatMoment(QDateTime(QDate(2026, 11, 21), QTime(2, 0), Qt::UTC), now), u"Yesterday 02:00"_s);
        QCOMPARE(formatMoment(QDateTime(QDate(2026, 11, 20), QTime(17, 32), Qt::UTC), now), u"20 Nov 17:32"_s);
        QCOMPARE(formatAge(now.addSecs(-3 * 3600), now), u"3 h"_s);
        QCOMPARE(formatAge({}, now), u"–"_s);
    }
    void draggedComponents()
    {
        const QList<ComponentRef> components{{{u"north"_s, u"threescale"_s}, u"system-mysql"_s}, {{u"south"_s, u"threescale"_s}, {}}};
        const std::unique_ptr<QMimeData> data(toMimeData(components));
        QCOMPARE(componentsIn(data.get()), components);
        QMimeData hostile;
        hostile.setData(QLatin1String(componentsMimeType), R"([{"cluster":1},[],"x",{"cluster":"a","namespace":""}])");
        QVERIFY(componentsIn(&hostile).isEmpty());
    }
};

QTEST_GUILESS_MAIN(TestFormat)
#include "tst_format.moc"
