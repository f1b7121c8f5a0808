#include "models/common/programlog.h"

#include <QAbstractItemModelTester>
#include <QLoggingCategory>
#include <QTest>

using namespace scalekeep;
using namespace Qt::Literals::StringLiterals;

class TestProgramLog : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void keepsTheNewestAndNoSecret()
    {
        Redactor redactor;
        redactor.add(QByteArray("hunter2hunter2"));
        models::ProgramLog log(redactor, nullptr, 100);
        const QAbstractItemModelTester tester(&log, QAbstractItemModelTester::FailureReportingMode::QtTest);
        log.add(models::ProgramLog::Level::Warning, u"north"_s, u"said hunter2hunter2"_s);
        const QString text = log.index(0, models::ProgramLog::Text).data().toString();
        QVERIFY(text.startsWith(u"said "));
        QVERIFY(!text.contains(u"hunter2"));
        QLoggingCategory::setFilterRules(u"scalekeep=false"_s);
        for (int i = 0; i < 105; ++i)
            log.add(models::ProgramLog::Level::Info, {}, QString::number(i));
        QCOMPARE(log.rowCount(), 100);
        QCOMPARE(log.index(log.rowCount() - 1, models::ProgramLog::Text).data().toString(), QString::number(104));
        log.clear();
        QCOMPARE(log.rowCount(), 0);
    }
};

QTEST_GUILESS_MAIN(TestProgramLog)
#include "tst_programlog.moc"
