#include "recorded.h"

#include "engine/record/export.h"
#include "widgets/print/pdf.h"

#include <QFile>
#include <QProcess>
#include <QRegularExpression>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>
#include <QTextDocument>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;

namespace {
QByteArray output(const QString& program, const QStringList& arguments)
{
    QProcess process;
    process.start(program, arguments);
    if (!process.waitForFinished(60'000) || process.exitCode() != 0)
        qWarning("%s: %s", qPrintable(program), process.readAllStandardError().constData());
    return process.readAllStandardOutput();
}

QString words(const QByteArray& text)
{
    return QString::fromUtf8(text).simplified();
}
} // namespace

/// The record on paper: read back with other people's tools.
class TestPdf : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        if (QStandardPaths::findExecutable(u"pdftotext"_s).isEmpty())
            QSKIP("pdftotext is not installed");
        QVERIFY(m_run.restore({{u"number"_s, u"CHG0041877"_s}, {u"justification"_s, u"The plan migration of 22 Nov 2026 left 5 plans with wrong limits: <b>no markup</b> & “quotes”."_s}}));
        const auto exported = record::prepareExport(m_run.world.home(), m_run.runId, {});
        QVERIFY(exported);
        m_document = exported->document;
    }

    void paper_data()
    {
        QTest::addColumn<bool>("letter");
        QTest::addColumn<QString>("size");
        QTest::newRow("A4") << false << u"(A4)"_s;
        QTest::newRow("Letter") << true << u"(letter)"_s;
    }
    void paper()
    {
        QFETCH(bool, letter);
        QFETCH(QString, size);
        const QTemporaryDir folder;
        const QString file = folder.filePath(u"r.pdf"_s);
        const auto pdf = print::toPdf(m_document, letter ? print::Paper::Letter : print::Paper::A4);
        QVERIFY2(pdf, pdf ? "" : qPrintable(pdf.error().message));
        QFile out(file);
        QVERIFY(out.open(QIODevice::WriteOnly) && out.write(*pdf) == pdf->size());
        out.close();
        const QString info = words(output(u"pdfinfo"_s, {file}));
        QVERIFY2(info.contains(size), qPrintable(info));
        const int pages = QRegularExpression(u"Pages: (\\d+)"_s).match(info).captured(1).toInt();
        QVERIFY(pages >= 2);
        // Every text of the record can be found in it, wherever lines end.
        const QString text = words(output(u"pdftotext"_s, {u"-layout"_s, file, u"-"_s})), raw = words(output(u"pdftotext"_s, {u"-raw"_s, file, u"-"_s}));
        for (const char* each : {"CHG0041877", "Restore of north / threescale", "Finished, but not everything is proven equal to the bundle.", "<b>no markup</b> & “quotes”", "2,423,906", "Login and rights", "Departures from the documented procedure",
                                 "Steps and commands", "Secret values are never part of this record"})
            QVERIFY2(raw.contains(QString::fromUtf8(each)) || text.contains(QString::fromUtf8(each)), each);
        QString dense = raw;
        dense.remove(u' ');
        QVERIFY(dense.contains(m_document.runId) && dense.contains(u"whoami"_s));
        for (int page = 1; page <= pages; ++page)
            QVERIFY2(raw.contains(u"%1 / %2"_s.arg(page).arg(pages)), qPrintable(QString::number(page)));
        // Every font travels with it.
        const QList<QByteArray> fonts = output(u"pdffonts"_s, {file}).trimmed().split('\n').mid(2);
        QVERIFY(!fonts.isEmpty());
        for (const QByteArray& font : fonts) {
            const QStringList columns = QString::fromUtf8(font).simplified().split(u' ');
            QCOMPARE(columns.value(columns.size() - 5), u"yes"_s); // emb
            QCOMPARE(columns.value(columns.size() - 3), u"yes"_s); // uni: can be searched
        }
        if (const QString kept = qEnvironmentVariable("SCALEKEEP_PICTURES"); !kept.isEmpty())
            QFile::copy(file, kept + u"/record-%1.pdf"_s.arg(letter ? u"letter"_s : u"a4"_s));
    }

    /// Thousands of commands, lines longer than a page is wide: every page says what it is of.
    void long_()
    {
        record::Document document = m_document;
        auto& table = std::get<record::Table>(document.sections.last().blocks.first());
        const QList<record::Row> rows = table.rows;
        for (int times = 0; times < 60; ++times) {
            for (record::Row row : rows) {
                row.cells[1].text += QString(400, u'x');
                table.rows.append(row);
            }
        }
        const auto pdf = print::toPdf(document, print::Paper::A4);
        QVERIFY(pdf);
        const QTemporaryDir folder;
        QFile out(folder.filePath(u"r.pdf"_s));
        QVERIFY(out.open(QIODevice::WriteOnly) && out.write(*pdf) == pdf->size());
        out.close();
        const QString text = QString::fromUtf8(output(u"pdftotext"_s, {u"-layout"_s, out.fileName(), u"-"_s}));
        const QStringList pages = text.split(u'\f', Qt::SkipEmptyParts);
        QVERIFY(pages.size() > 10);
        for (qsizetype page = 1; page < pages.size(); ++page)
            QVERIFY2(pages[page].contains(u"CHG0041877"_s), qPrintable(pages[page]));
    }

    void preview()
    {
        const auto text = print::textDocument(m_document);
        QVERIFY(text->toPlainText().contains(u"CHG0041877"_s));
        QVERIFY(text->resource(QTextDocument::ImageResource, QUrl(u"mark:1"_s)).isValid());
    }

private:
    Recorded m_run;
    record::Document m_document;
};

QTEST_MAIN(TestPdf)
#include "tst_pdf.moc"
