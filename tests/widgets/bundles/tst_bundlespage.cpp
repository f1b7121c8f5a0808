#include "tests/models/bundles/samples.h"
#include "widgets/bundles/bundlespage.h"
#include "widgets/bundles/extractdialog.h"
#include "widgets/common/theme.h"

#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QComboBox>
#include <QDropEvent>
#include <QListWidget>
#include <QMimeData>
#include <QSettings>
#include <QSignalSpy>
#include <QSplitter>
#include <QTableView>
#include <QTreeView>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::models;
using namespace scalekeep::widgets;

namespace {
struct Window : samples::Place {
    BundleLibrary library{workplace};
    BundleJobs jobs{workplace, library};
    BundlesPage page{workplace, library, jobs};
    QTableView* table = page.findChild<QTableView*>(u"library"_s);
    QTreeView* tree = page.findChild<QTreeView*>(u"content"_s);

    void start(QSize size = {1280, 800})
    {
        library.start();
        if (!QDir(folder).isEmpty())
            library.addFolder(folder);
        page.resize(size);
        page.show();
        page.activated();
        QVERIFY(samples::settled(library));
        QVERIFY(QTest::qWaitForWindowExposed(&page));
    }
    QAbstractButton* button(const QString& text)
    {
        const auto buttons = page.findChildren<QAbstractButton*>();
        for (QAbstractButton* each : buttons) {
            if (each->text() == text)
                return each;
        }
        return nullptr;
    }
    bool idle()
    {
        return QTest::qWaitFor([this] { return jobs.runningJobs().isEmpty(); }, 30'000);
    }
    /// All text on labels that can be seen.
    QString words()
    {
        QStringList texts;
        const auto labels = page.findChildren<QLabel*>();
        for (const QLabel* label : labels) {
            if (label->isVisible())
                texts.append(label->text());
        }
        return texts.join(u'\n');
    }
};

/// A dialog that opened over the page.
template <class Dialog>
Dialog* dialogOf(QWidget& page)
{
    Dialog* found = nullptr;
    if (!QTest::qWaitFor([&] { return (found = page.findChild<Dialog*>()) && found->isVisible(); }, 5'000))
        qFatal("no dialog");
    return found;
}
} // namespace

class TestBundlesPage : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { theme::install(*qApp); }

    void empty()
    {
        Window window;
        window.start();
        QVERIFY(window.words().contains(u"No bundles yet"_s));
        QVERIFY(window.button(u"Add folder…"_s)->isEnabled());
        QVERIFY(!window.button(u"Verify"_s)->isEnabled());
        QVERIFY(!window.page.mainButton()->isEnabled());
        QVERIFY(!window.button(u"Compare with…"_s)->isEnabled());
    }

    void choosesAndRestores()
    {
        Window window;
        samples::writeBundle(window.path(u"old"_s), {.started = QDateTime(QDate(2025, 1, 1), QTime(2, 0), Qt::UTC)});
        samples::writeBundle(window.path(u"new"_s));
        window.start();
        // The newest comes first and is chosen; its content is there.
        QTRY_COMPARE(window.page.currentBundle(), window.path(u"new"_s));
        QTRY_COMPARE(window.tree->model()->rowCount(), 5);
        QVERIFY(window.words().contains(u"mwagner"_s));
        QVERIFY(window.words().contains(u"1:19 from first to last store"_s));
        QVERIFY(window.words().contains(u"1 bundle selected. Drag it onto a namespace to restore it there."_s));
        QSignalSpy restore(&window.page, &BundlesPage::restoreRequested);
        QTest::mouseClick(window.page.mainButton(), Qt::LeftButton);
        QCOMPARE(restore.takeFirst().first().toString(), window.path(u"new"_s));
        // A component opens by keyboard, and its index is read then.
        window.tree->setFocus();
        window.tree->setCurrentIndex(window.tree->model()->index(0, 0));
        QTest::keyClick(window.tree, Qt::Key_Right);
        QTRY_COMPARE(window.tree->model()->rowCount(window.tree->model()->index(0, 0)), 3);
        window.page.copyAsText();
        QVERIFY(QGuiApplication::clipboard()->text().contains(u"system-mysql\t3 tables"_s));
    }

    void compares()
    {
        Window window;
        samples::writeBundle(window.path(u"one"_s));
        samples::writeBundle(window.path(u"two"_s), {.started = QDateTime(QDate(2025, 1, 1), QTime(2, 0), Qt::UTC)});
        samples::writeBundle(window.path(u"cut"_s), {.finish = false});
        samples::makeOld(window.path(u"cut"_s) + u".partial"_s);
        window.start();
        window.page.openBundle(window.path(u"one"_s));
        QTRY_COMPARE(window.page.currentBundle(), window.path(u"one"_s));
        QSignalSpy compare(&window.page, &BundlesPage::compareRequested);
        QAbstractButton* button = window.page.findChild<QAbstractButton*>(u"compareBundles"_s);
        QTRY_VERIFY(button->isEnabled());
        QCOMPARE(button->text(), u"Compare with…"_s);
        QTest::mouseClick(button, Qt::LeftButton);
        QCOMPARE(compare.takeFirst().first().toStringList(), QStringList{window.path(u"one"_s)});
        // Two are compared with each other; a cut-off one with nothing.
        QTRY_COMPARE(window.table->model()->rowCount(), 3);
        const auto select = [&](const QString& path) {
            for (int row = 0; row < 3; ++row) {
                if (const QModelIndex index = window.table->model()->index(row, 0); index.data(BundleLibrary::Path).toString() == path)
                    window.table->selectionModel()->select(index, QItemSelectionModel::Select | QItemSelectionModel::Rows);
            }
        };
        select(window.path(u"two"_s));
        QCOMPARE(button->text(), u"Compare"_s);
        QTest::mouseClick(button, Qt::LeftButton);
        const QStringList both = compare.takeFirst().first().toStringList();
        QCOMPARE(QSet<QString>(both.begin(), both.end()), (QSet<QString>{window.path(u"one"_s), window.path(u"two"_s)}));
        window.table->clearSelection();
        select(window.path(u"one"_s));
        select(window.path(u"cut"_s) + u".partial"_s);
        QVERIFY(!button->isEnabled());
    }

    void filters()
    {
        Window window;
        samples::writeBundle(window.path(u"one"_s));
        samples::writeBundle(window.path(u"two"_s), {.cluster = u"stage-eu"_s});
        window.start();
        QTRY_COMPARE(window.page.summary().section(u',', 0, 0), u"2 bundles"_s);
        window.page.filter()->setText(u"stage"_s);
        QCOMPARE(window.table->model()->rowCount(), 1);
        window.page.filter()->setText(u"nothing"_s);
        QVERIFY(window.words().contains(u"No bundle matches “nothing”"_s));
        QTest::mouseClick(window.button(u"Clear filter"_s), Qt::LeftButton);
        QCOMPARE(window.table->model()->rowCount(), 2);
        auto* folders = window.page.findChild<QComboBox*>(u"folders"_s);
        folders->setCurrentIndex(folders->findText(u"Safety bundles"_s));
        QCOMPARE(window.table->model()->rowCount(), 0);
        // A bundle that is opened is shown, whatever was chosen.
        window.page.openBundle(window.path(u"one"_s));
        QTRY_COMPARE(window.page.currentBundle(), window.path(u"one"_s));
        QCOMPARE(folders->currentIndex(), 0);
    }

    void selectionStays()
    {
        Window window;
        samples::writeBundle(window.path(u"one"_s), {.started = QDateTime(QDate(2025, 1, 1), QTime(2, 0), Qt::UTC)});
        samples::writeBundle(window.path(u"two"_s));
        window.start();
        window.page.openBundle(window.path(u"one"_s));
        QTRY_COMPARE(window.page.currentBundle(), window.path(u"one"_s));
        QTRY_COMPARE(window.tree->model()->rowCount(), 5);
        window.tree->expand(window.tree->model()->index(0, 0));
        QTRY_COMPARE(window.tree->model()->rowCount(window.tree->model()->index(0, 0)), 3);
        samples::writeBundle(window.path(u"three"_s), {.started = QDateTime(QDate(2026, 2, 1), QTime(2, 0), Qt::UTC)});
        QTRY_COMPARE_WITH_TIMEOUT(window.table->model()->rowCount(), 3, 20'000);
        QVERIFY(samples::settled(window.library));
        window.page.refresh();
        QVERIFY(samples::settled(window.library));
        QCOMPARE(window.page.currentBundle(), window.path(u"one"_s));
        QVERIFY(window.tree->isExpanded(window.tree->model()->index(0, 0)));
    }

    void notes()
    {
        Window window;
        samples::writeBundle(window.path(u"one"_s));
        const QByteArray before = samples::contentOf(window.path(u"one"_s));
        window.start();
        QTRY_COMPARE(window.page.currentBundle(), window.path(u"one"_s));
        window.table->setFocus();
        QTest::keyClick(window.table, Qt::Key_F2);
        auto* editor = window.table->viewport()->findChild<QLineEdit*>();
        QVERIFY(editor);
        QTest::keyClicks(editor, u"Before migration"_s);
        QTest::keyClick(editor, Qt::Key_Return);
        QTRY_COMPARE(window.library.note(window.path(u"one"_s)), u"Before migration"_s);
        QVERIFY(window.words().contains(u"Before migration"_s));
        QCOMPARE(samples::contentOf(window.path(u"one"_s)), before);
    }

    void verifies()
    {
        Window window;
        samples::writeBundle(window.path(u"one"_s));
        samples::writeBundle(window.path(u"bad"_s), {.cluster = u"stage-eu"_s});
        samples::damage(window.path(u"bad"_s), u"dump.rdb/000001.zst"_s);
        window.start();
        window.page.openBundle(window.path(u"one"_s));
        QTRY_COMPARE(window.page.currentBundle(), window.path(u"one"_s));
        QTest::mouseClick(window.button(u"Verify"_s), Qt::LeftButton);
        QVERIFY(window.idle());
        QTRY_VERIFY(window.words().contains(u"Verified today"_s));
        QVERIFY(window.words().contains(u"is whole"_s));
        window.page.openBundle(window.path(u"bad"_s));
        QTest::mouseClick(window.button(u"Verify"_s), Qt::LeftButton);
        QVERIFY(window.idle());
        QTRY_VERIFY(window.words().contains(u"This bundle is damaged."_s));
        QVERIFY(!window.page.mainButton()->isEnabled());
        QVERIFY(window.button(u"Salvage…"_s)->isVisible());
        // F8 finds what is wrong.
        window.page.openBundle(window.path(u"one"_s));
        window.page.nextProblem(true);
        QCOMPARE(window.page.currentBundle(), window.path(u"bad"_s));
    }

    void digestIsComputedAndCopied()
    {
        Window window;
        samples::writeBundle(window.path(u"one"_s));
        window.start();
        QTRY_COMPARE(window.page.currentBundle(), window.path(u"one"_s));
        QTRY_VERIFY(window.button(u"Compute"_s)->isVisible());
        QTest::mouseClick(window.button(u"Compute"_s), Qt::LeftButton);
        QVERIFY(window.idle());
        QTRY_VERIFY(window.button(u"Copy the SHA-256"_s)->isVisible());
        QTest::mouseClick(window.button(u"Copy the SHA-256"_s), Qt::LeftButton);
        QCOMPARE(QGuiApplication::clipboard()->text().toLatin1(), Sha256::of(samples::contentOf(window.path(u"one"_s))));
    }

    void cutOff()
    {
        Window window;
        samples::writeBundle(window.path(u"cut"_s), {.finish = false});
        const QString cut = window.path(u"cut"_s) + u".partial"_s;
        samples::makeOld(cut);
        window.start();
        QTRY_COMPARE(window.page.currentBundle(), cut);
        QTRY_VERIFY(window.words().contains(u"This bundle is cut off and cannot be restored."_s));
        QVERIFY(window.words().contains(u"4 of 5 streams have all of their parts."_s));
        QVERIFY(window.button(u"Salvage…"_s)->isVisible());
        QVERIFY(!window.page.mainButton()->isEnabled());
        QVERIFY(!window.button(u"Extract…"_s)->isEnabled());
        window.jobs.salvage(cut, BundleJobs::salvagePath(cut));
        QVERIFY(window.idle());
        // What was saved is shown next.
        QTRY_COMPARE_WITH_TIMEOUT(window.page.currentBundle(), window.path(u"cut-salvaged"_s), 20'000);
    }

    void extracts()
    {
        Window window;
        samples::writeBundle(window.path(u"one"_s));
        window.start();
        QTRY_COMPARE(window.tree->model()->rowCount(), 5);
        window.tree->setCurrentIndex(window.tree->model()->index(1, 0));
        QTest::mouseClick(window.button(u"Extract…"_s), Qt::LeftButton);
        auto* dialog = dialogOf<ExtractDialog>(window.page);
        auto* list = dialog->findChild<QListWidget*>(u"extract-components"_s);
        QCOMPARE(dialog->request().components, QStringList{u"backend-redis"_s});
        list->item(0)->setCheckState(Qt::Checked);
        const QString output = window.directory.filePath(u"out"_s);
        dialog->setFolder(output);
        auto* start = dialog->findChild<QPushButton*>(u"extract-start"_s);
        QCOMPARE(start->text(), u"Extract 2 components"_s);
        QTest::mouseClick(start, Qt::LeftButton);
        QVERIFY(window.idle());
        QCOMPARE(samples::contentOf(output + u"/system-mysql/dump.sql"_s), samples::mysqlDump());
        QCOMPARE(samples::contentOf(output + u"/backend-redis/dump.rdb"_s), samples::redisDump());
        QVERIFY(!QFile::exists(output + u"/secrets"_s));
    }

    void movesToTheTrashAndBack()
    {
        Window window;
        QVERIFY(QDir().mkpath(window.directory.filePath(u"data"_s)));
        qputenv("XDG_DATA_HOME", window.directory.filePath(u"data"_s).toUtf8());
        samples::writeBundle(window.path(u"one"_s));
        window.start();
        QTRY_COMPARE(window.page.currentBundle(), window.path(u"one"_s));
        window.table->setFocus();
        QTest::keyClick(window.table, Qt::Key_Delete);
        auto* question = dialogOf<QDialog>(window.page);
        QVERIFY(QFile::exists(window.path(u"one"_s)));
        const auto buttons = question->findChildren<QPushButton*>();
        const auto verb = std::find_if(buttons.begin(), buttons.end(), [](const QPushButton* button) { return button->text() == u"Move to trash"; });
        QVERIFY(verb != buttons.end());
        QTest::mouseClick(*verb, Qt::LeftButton);
        QTRY_VERIFY(!QFile::exists(window.path(u"one"_s)));
        QTRY_COMPARE(window.table->model()->rowCount(), 0);
        QTRY_VERIFY(window.button(u"Bring back"_s)->isVisible());
        QTest::mouseClick(window.button(u"Bring back"_s), Qt::LeftButton);
        QTRY_COMPARE(window.page.currentBundle(), window.path(u"one"_s));
    }

    void dropsAndReadOnlyFolders()
    {
        Window window;
        const QString elsewhere = window.directory.filePath(u"elsewhere"_s);
        QVERIFY(QDir().mkpath(elsewhere));
        const QString path = elsewhere + u"/one.scalekeep.tar"_s;
        samples::writeBundle(path);
        QVERIFY(QFile::setPermissions(path, QFile::ReadOwner) && QFile::setPermissions(elsewhere, QFile::ReadOwner | QFile::ExeOwner));
        window.start();
        QMimeData data;
        data.setUrls({QUrl::fromLocalFile(path)});
        QDragEnterEvent enter({200, 200}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(&window.page, &enter);
        QVERIFY(enter.isAccepted());
        QDropEvent drop(QPointF(200, 200), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(&window.page, &drop);
        QTRY_COMPARE(window.page.currentBundle(), path);
        window.library.setNote(path, u"not mine"_s);
        QCOMPARE(window.library.note(path), u"not mine"_s);
        QTest::mouseClick(window.button(u"Verify"_s), Qt::LeftButton);
        QVERIFY(window.idle());
        QVERIFY(window.library.verification(path)->whole);
        QFile::setPermissions(elsewhere, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        // Other things are not taken.
        QMimeData other;
        other.setUrls({QUrl::fromLocalFile(u"/etc/hostname"_s)});
        QDragEnterEvent refused({200, 200}, Qt::CopyAction, &other, Qt::LeftButton, Qt::NoModifier);
        refused.ignore();
        QApplication::sendEvent(&window.page, &refused);
        QVERIFY(!refused.isAccepted());
        window.page.openBundle(elsewhere + u"/not-there.scalekeep.tar"_s);
        QVERIFY(dialogOf<QDialog>(window.page)->isVisible());
    }

    void narrowAndRemembered()
    {
        Window window;
        samples::writeBundle(window.path(u"one"_s));
        window.start({1280, 800});
        auto* lower = window.page.findChild<QSplitter*>(u"lower"_s);
        QCOMPARE(lower->orientation(), Qt::Horizontal);
        window.page.resize(1024, 700);
        QTRY_COMPARE(lower->orientation(), Qt::Vertical);
        QCOMPARE(window.page.width(), 1024); // no page scrolls sideways
        QVERIFY(window.page.minimumSizeHint().width() <= 640);

        QSettings settings(window.directory.filePath(u"settings.ini"_s), QSettings::IniFormat);
        window.table->setColumnWidth(BundleLibrary::Cluster, 133);
        auto* folders = window.page.findChild<QComboBox*>(u"folders"_s);
        folders->setCurrentIndex(1);
        window.page.saveState(settings);
        BundlesPage again(window.workplace, window.library, window.jobs);
        again.restoreState(settings);
        QCOMPARE(again.findChild<QTableView*>(u"library"_s)->columnWidth(BundleLibrary::Cluster), 133);
        QCOMPARE(again.findChild<QComboBox*>(u"folders"_s)->currentData().toString(), window.folder);
    }

    void accessibleNames()
    {
        Window window;
        samples::writeBundle(window.path(u"one"_s));
        window.start();
        const auto widgets = window.page.findChildren<QWidget*>();
        for (const QWidget* widget : widgets) {
            if (widget->focusPolicy() == Qt::NoFocus || !widget->isVisible() || qobject_cast<const QSplitter*>(widget))
                continue;
            const auto* button = qobject_cast<const QAbstractButton*>(widget);
            QVERIFY2(!widget->accessibleName().isEmpty() || (button && !button->text().isEmpty()), widget->metaObject()->className());
        }
    }

    /// Pictures for people, where they are wanted.
    void pictures()
    {
        const QString to = qEnvironmentVariable("SCALEKEEP_PICTURES");
        if (to.isEmpty())
            QSKIP("SCALEKEEP_PICTURES names no folder");
        Window window;
        const QDateTime now = QDateTime::currentDateTimeUtc();
        samples::writeBundle(window.path(u"prod-eu-3scale-20261122T104107Z"_s), {.started = now.addSecs(-3600)}, samples::streams(104));
        samples::writeBundle(window.path(u"partner"_s), {.namespaceName = u"3scale-partner"_s, .started = now.addDays(-1)});
        samples::writeBundle(window.path(u"stage"_s), {.cluster = u"stage-eu"_s, .namespaceName = u"3scale-stage"_s, .started = now.addDays(-2), .missing = {u"system-redis"_s, u"routes"_s}});
        samples::writeBundle(window.path(u"safety"_s), {.purpose = u"safety"_s, .started = now.addDays(-6)});
        samples::writeBundle(window.path(u"cut"_s), {.started = now.addDays(-3), .finish = false});
        samples::makeOld(window.path(u"cut"_s) + u".partial"_s);
        window.start({892, 748});
        QVERIFY(QTest::qWaitFor([&] { return window.table->model()->rowCount() == 5; }));
        const QString first = window.path(u"prod-eu-3scale-20261122T104107Z"_s);
        window.page.openBundle(first);
        window.library.setNote(first, u"Before plan migration"_s);
        window.jobs.verify(first);
        window.jobs.digest(first);
        QVERIFY(window.idle());
        // As in the window, where the clusters take their part of the width.
        window.page.findChild<QSplitter*>(u"lower"_s)->setOrientation(Qt::Horizontal);
        window.page.findChild<QSplitter*>(u"lower"_s)->setSizes({544, 304});
        window.tree->expand(window.tree->model()->index(0, 0));
        window.tree->expand(window.tree->model()->index(1, 0));
        QTest::qWait(600);
        const auto grab = [&](const QString& name) { QVERIFY(window.page.grab().save(u"%1/bundles-%2.png"_s.arg(to, name))); };
        grab(u"full"_s);
        theme::choose(theme::Choice::Dark);
        QTest::qWait(100);
        grab(u"dark"_s);
        theme::choose(theme::Choice::Light);
        window.page.openBundle(window.path(u"cut"_s) + u".partial"_s);
        QTest::qWait(200);
        grab(u"cut"_s);
        window.page.openBundle(first);
        window.page.resize(700, 700);
        QTest::qWait(200);
        grab(u"narrow"_s);
        QTest::mouseClick(window.button(u"Extract…"_s), Qt::LeftButton);
        QVERIFY(dialogOf<ExtractDialog>(window.page)->grab().save(to + u"/bundles-extract.png"_s));
        Window none;
        none.start({892, 748});
        QTest::qWait(200);
        QVERIFY(none.page.grab().save(to + u"/bundles-empty.png"_s));
    }
};

QTEST_MAIN(TestBundlesPage)
#include "tst_bundlespage.moc"
