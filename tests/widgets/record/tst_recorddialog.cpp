#include "runworld.h"
#include "tests/widgets/common/testtheme.h"
#include "tests/widgets/common/widgetaudit.h"
#include "engine/record/verify.h"
#include "widgets/record/changedialog.h"
#include "widgets/record/recorddialog.h"
#include "widgets/run/runspage.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QPlainTextEdit>
#include <QProcess>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QTextBrowser>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::widgets;
using models::RunState;

namespace {
void picture(QWidget& widget, const QString& name)
{
    const QString folder = qEnvironmentVariable("SCALEKEEP_PICTURES");
    if (!folder.isEmpty())
        widget.grab().save(folder + u'/' + name + u".png"_s);
}

QByteArray content(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// A run that has ended, and the page that shows it.
class Shown {
public:
    RunWorld world;
    std::unique_ptr<models::RunHub> hub;
    std::unique_ptr<RunsPage> page;
    RunState* run = nullptr;
    QTemporaryDir folder;

    bool make(const QJsonObject& change = {})
    {
        hub = std::make_unique<models::RunHub>(world.workplace());
        page = std::make_unique<RunsPage>(*hub);
        page->resize(1212, 720);
        page->show();
        // As the main window does.
        QObject::connect(page.get(), &RunsPage::recordWanted, page.get(), [this](const QString& runId) { (new RecordDialog(world.workplace(), runId, page.get()))->open(); });
        plan::Plan plan = RunWorld::plan({RunWorld::change(u"a"_s), RunWorld::step(u"b"_s)});
        plan.choices = {{u"components"_s, QJsonArray{u"system-mysql"_s}}};
        if (!change.isEmpty())
            plan.choices[u"change"] = change;
        run = hub->start(world.request(plan));
        return QTest::qWaitFor([this] { return run->phase() == RunState::Phase::Ended; }, 20'000);
    }
    QPushButton* button() const { return page->findChild<QPushButton*>(u"exportRecord"_s); }
    /// The dialog, with what it shows at first.
    RecordDialog* open()
    {
        button()->click();
        RecordDialog* dialog = nullptr; // an earlier one may not be gone yet
        for (RecordDialog* each : page->findChildren<RecordDialog*>())
            dialog = each->isVisible() ? each : dialog;
        if (!dialog || !QTest::qWaitFor([dialog] { return dialog->findChild<QTextBrowser*>()->toPlainText().contains(u"Change record"_s); }, 20'000))
            return nullptr;
        return dialog;
    }
};
} // namespace

/// The record in the window: from the page Runs to files that hold.
class TestRecordDialog : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        test::installTheme();
    }

    /// Nothing to export while it runs.
    void offeredWhenEnded()
    {
        RunWorld world;
        RunWorld::Gate& gate = world.gate();
        world.onRun(u"a"_s, [&gate](run::StepRun& step) -> Result<QJsonObject> {
            if (!gate.wait(step.stop))
                return fail(ErrorCode::Cancelled, u"Stopped."_s);
            return QJsonObject{};
        });
        models::RunHub hub(world.workplace());
        RunsPage page(hub);
        page.show();
        RunState* run = hub.start(world.request(RunWorld::plan({RunWorld::step(u"a"_s)})));
        auto* button = page.findChild<QPushButton*>(u"exportRecord"_s);
        QTRY_VERIFY(run->progress(u"a"_s).state == models::StepState::Running);
        QVERIFY(!button->isVisible());
        gate.open();
        QTRY_VERIFY(button->isVisible() && button->isEnabled());
    }

    void everyForm_data()
    {
        QTest::addColumn<int>("form");
        QTest::addColumn<QByteArray>("begins");
        QTest::newRow("PDF") << 0 << QByteArray("%PDF-");
        QTest::newRow("HTML") << 1 << QByteArray("<!DOCTYPE html>");
        QTest::newRow("Markdown") << 2 << QByteArray("# Restore of north / threescale");
        QTest::newRow("JSON") << 3 << QByteArray("{");
    }
    void everyForm()
    {
        QFETCH(int, form);
        QFETCH(QByteArray, begins);
        Shown shown;
        QVERIFY(shown.make({{u"number"_s, u"CHG0041877"_s}}));
        RecordDialog* dialog = shown.open();
        QVERIFY(dialog);
        auto* preview = dialog->findChild<QTextBrowser*>();
        QVERIFY(preview->toPlainText().contains(u"CHG0041877"_s));
        QSignalSpy exported(dialog, &RecordDialog::exported);
        dialog->findChild<QPlainTextEdit*>(u"change-close_notes"_s)->setPlainText(u"All is well."_s);
        QTRY_VERIFY(preview->toPlainText().contains(u"All is well."_s));
        QVERIFY(preview->toPlainText().contains(u"Close notes ¹"_s));
        picture(*dialog, u"record-dialog"_s);
        dialog->setFile(shown.folder.filePath(u"r.pdf"_s));
        dialog->findChild<QComboBox*>(u"record-format"_s)->setCurrentIndex(form);
        const QString file = QDir::fromNativeSeparators(dialog->findChild<QLineEdit*>(u"record-file"_s)->text());
        QCOMPARE(file, shown.folder.filePath(QStringList{u"r.pdf"_s, u"r.html"_s, u"r.md"_s, u"r.json"_s}[form]));
        QVERIFY(dialog->findChild<QPushButton*>(u"record-export"_s)->isEnabled());
        dialog->findChild<QPushButton*>(u"record-export"_s)->click();
        QVERIFY(exported.wait(20'000));
        QVERIFY(content(file).startsWith(begins));
        const QString json = form == 3 ? file : file + u".json"_s;
        const auto verified = record::verify(content(json), {.journal = shown.run->journal(), .allowedSigners = {}, .minisignKey = {}, .stampAuthority = {}});
        QVERIFY(verified && verified->holds());
        QCOMPARE(QFile::permissions(file) & (QFile::ReadGroup | QFile::ReadOther), QFile::Permissions());
        // Entered once, it stays entered.
        RecordDialog* again = shown.open();
        QVERIFY(again);
        QCOMPARE(again->findChild<QPlainTextEdit*>(u"change-close_notes"_s)->toPlainText(), u"All is well."_s);
    }

    void isSigned()
    {
        Shown shown;
        QVERIFY(shown.make());
        const QString key = shown.folder.filePath(u"key"_s);
        QCOMPARE(QProcess::execute(u"ssh-keygen"_s, {u"-q"_s, u"-t"_s, u"ed25519"_s, u"-N"_s, QString(), u"-f"_s, key}), 0);
        RecordDialog* dialog = shown.open();
        QVERIFY(dialog);
        QSignalSpy exported(dialog, &RecordDialog::exported);
        dialog->setFile(shown.folder.filePath(u"r.json"_s));
        dialog->findChild<QComboBox*>(u"record-format"_s)->setCurrentIndex(3);
        dialog->findChild<QLineEdit*>(u"record-key"_s)->setText(key);
        dialog->findChild<QPushButton*>(u"record-export"_s)->click();
        QVERIFY(exported.wait(20'000));
        const auto verified = record::verify(content(shown.folder.filePath(u"r.json"_s)));
        QVERIFY(verified && verified->holds());
        QVERIFY(verified->worth.contains(u"Whoever holds the key"_s));
    }

    /// What keeps the export from happening is said in the dialog, which stays with all that was entered.
    void refusals()
    {
        Shown shown;
        QVERIFY(shown.make());
        RecordDialog* dialog = shown.open();
        QVERIFY(dialog);
        QSignalSpy exported(dialog, &RecordDialog::exported);
        auto* button = dialog->findChild<QPushButton*>(u"record-export"_s);
        auto* banner = dialog->findChild<Banner*>();
        QVERIFY(!banner->isVisible());
        dialog->findChild<QLineEdit*>(u"record-key"_s)->setText(shown.folder.filePath(u"no-key"_s));
        dialog->setFile(shown.folder.filePath(u"r.pdf"_s));
        button->click();
        QVERIFY(!button->isEnabled());
        QTRY_VERIFY(banner->isVisible() && button->isEnabled());
        dialog->findChild<QLineEdit*>(u"record-key"_s)->clear();
        dialog->setFile(shown.folder.filePath(u"no/such/folder/r.pdf"_s));
        button->click();
        QTRY_VERIFY(banner->isVisible() && button->isEnabled());
        dialog->findChild<QLineEdit*>(u"record-server"_s)->setText(u"nonsense"_s);
        dialog->setFile(shown.folder.filePath(u"r.pdf"_s));
        button->click();
        QTRY_VERIFY(banner->isVisible() && button->isEnabled());
        QVERIFY(exported.isEmpty() && QDir(shown.folder.path()).isEmpty());
        dialog->findChild<QLineEdit*>(u"record-file"_s)->clear();
        QVERIFY(!button->isEnabled());
        dialog->close();
    }

    void looksRight()
    {
        Shown shown;
        QVERIFY(shown.make());
        RecordDialog* dialog = shown.open();
        QVERIFY(dialog);
        QVERIFY(QTest::qWaitForWindowExposed(dialog));
        const QStringList problems = test::auditWidgets(*dialog);
        QVERIFY2(problems.isEmpty(), qPrintable(problems.join(u'\n')));
        auto* change = new ChangeDialog({{u"number"_s, u"CHG0041877"_s}}, shown.page.get());
        change->open();
        QVERIFY(QTest::qWaitForWindowExposed(change));
        picture(*change, u"change-dialog"_s);
        const QStringList more = test::auditWidgets(*change);
        QVERIFY2(more.isEmpty(), qPrintable(more.join(u'\n')));
        picture(*shown.page, u"runs-export"_s);
    }

    void changeDialog()
    {
        QWidget parent;
        parent.show();
        auto* dialog = new ChangeDialog({{u"number"_s, u"CHG1"_s}, {u"approvals"_s, u"Board"_s}}, &parent);
        dialog->open();
        record::Change chosen;
        connect(dialog, &ChangeDialog::chosen, this, [&chosen](const record::Change& change) { chosen = change; });
        QVERIFY(!dialog->findChild<QWidget*>(u"change-close_code"_s));
        dialog->findChild<QPlainTextEdit*>(u"change-justification"_s)->setPlainText(QString(9000, u'x'));
        dialog->findChild<QPushButton*>(u"change-use"_s)->click();
        QVERIFY(chosen.isEmpty() && dialog->isVisible() && dialog->findChild<Banner*>()->isVisible());
        dialog->findChild<QPlainTextEdit*>(u"change-justification"_s)->setPlainText(u"Why."_s);
        dialog->findChild<QPushButton*>(u"change-use"_s)->click();
        QCOMPARE(chosen, (record::Change{{u"number"_s, u"CHG1"_s}, {u"approvals"_s, u"Board"_s}, {u"justification"_s, u"Why."_s}}));
        QCOMPARE(changeButtonText(chosen), u"Change CHG1…"_s);
        QCOMPARE(changeButtonText({}), u"Change…"_s);
    }
};

QTEST_MAIN(TestRecordDialog)
#include "tst_recorddialog.moc"
