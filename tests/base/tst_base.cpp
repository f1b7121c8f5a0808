#include "engine/base/digest.h"
#include "engine/base/files.h"
#include "engine/base/secret.h"

#include <QTemporaryDir>
#include <QTest>
#include <QUrl>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;

class TestBase : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void errorCodesRoundTrip()
    {
        for (int i = 0; i <= static_cast<int>(ErrorCode::Internal); ++i) {
            const auto code = static_cast<ErrorCode>(i);
            QCOMPARE(errorCodeFromName(errorCodeName(code)), code);
        }
    }

    void digestIsSha256()
    {
        QCOMPARE(Sha256::of("abc"), QByteArray("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
        Sha256 digest;
        digest.add(QByteArray("ab"));
        digest.add(QByteArray("c"));
        QCOMPARE(digest.finish(), Sha256::of("abc"));
        QCOMPARE(digest.finish(), Sha256::of({})); // usable again
    }

    void secretPrintsRedacted()
    {
        QString text;
        QDebug(&text) << Secret("tR0ub4dor&3:@/");
        QVERIFY(!text.contains(u"tR0"_s));
        QVERIFY(text.contains(u"«redacted»"_s));
    }

    void redactsEveryForm_data()
    {
        QTest::addColumn<QByteArray>("text");
        const QByteArray value = "pa:ss@w/rd+ \"q\"";
        QTest::newRow("raw") << value;
        QTest::newRow("base64") << value.toBase64();
        QTest::newRow("base64url") << value.toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals);
        QTest::newRow("url") << QUrl::toPercentEncoding(QString::fromUtf8(value));
        QTest::newRow("json") << QByteArray("pa:ss@w/rd+ \\\"q\\\"");
    }
    void redactsEveryForm()
    {
        QFETCH(QByteArray, text);
        Redactor redactor;
        redactor.add(QByteArray("pa:ss@w/rd+ \"q\""));
        redactor.add(QByteArray("abc")); // too short: would blot out ordinary words
        QVERIFY(redactor.contains("x" + text + "y"));
        QCOMPARE(redactor.redact("x" + text + "y"), QByteArray("x«redacted»y"));
        QCOMPARE(redactor.redact(QByteArray("abc")), QByteArray("abc"));
    }

    void redactsTheLongerOfTwo()
    {
        Redactor redactor;
        redactor.add(QByteArray("secret"));
        redactor.add(QByteArray("secretlong"));
        QCOMPARE(redactor.redact(QByteArray("secretlong")), QByteArray("«redacted»"));
    }

    void privateFileIsPrivateAndReplaced()
    {
        QTemporaryDir dir;
        const QString path = dir.filePath(u"a"_s);
        QVERIFY(writePrivateFile(path, "one"));
        QVERIFY(writePrivateFile(path, "two"));
        QCOMPARE(readFile(path, 10).value(), QByteArray("two"));
        QCOMPARE(QFile::permissions(path) & (QFile::ReadGroup | QFile::ReadOther | QFile::WriteGroup | QFile::WriteOther), QFile::Permissions{});
        QCOMPARE(QDir(dir.path()).entryList(QDir::Files).size(), 1);
        QCOMPARE(readFile(path, 2).error().code, ErrorCode::BadInput);
        QCOMPARE(readFile(dir.filePath(u"none"_s), 2).error().code, ErrorCode::NotFound);
    }

    void fullDiskIsNoSpace()
    {
        QFile full(u"/dev/full"_s);
        QVERIFY(full.open(QIODevice::WriteOnly | QIODevice::Unbuffered));
        QVERIFY(full.write("x") != 1);
        QCOMPARE(fileError(u"write"_s, full).code, ErrorCode::NoSpace);
    }

    void stateHomeFollowsTheVariable()
    {
        QTemporaryDir dir;
        qputenv("SCALEKEEP_HOME", QFile::encodeName(dir.filePath(u"state/deep"_s)));
        QCOMPARE(stateHome().value(), dir.filePath(u"state/deep"_s));
        const QString runtime = runtimeHome().value();
        QVERIFY(QFileInfo(runtime).isDir());
        QCOMPARE(QFile::permissions(runtime) & (QFile::ReadGroup | QFile::ReadOther), QFile::Permissions{});
        QDir(runtime).removeRecursively();
    }
};

QTEST_GUILESS_MAIN(TestBase)
#include "tst_base.moc"
