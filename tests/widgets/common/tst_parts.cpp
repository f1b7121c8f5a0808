#include "tests/widgets/common/gallery.h"
#include "tests/widgets/common/testtheme.h"

#include <QApplication>
#include <QClipboard>
#include <QDialog>
#include <QHelpEvent>
#include <QSettings>
#include <QTemporaryDir>
#include <QTest>
#include <QToolTip>

using namespace scalekeep;
using namespace scalekeep::widgets;
using namespace Qt::Literals::StringLiterals;

namespace {

QDialog* dialogNamed(QWidget& parent, const QString& name)
{
    return parent.findChild<QDialog*>(name);
}

} // namespace

class TestParts : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { test::installLightTheme(); }

    void escapeClearsTheSearch()
    {
        SearchField field(u"Search"_s);
        field.show();
        QTest::keyClicks(&field, u"redis"_s);
        QCOMPARE(field.text(), u"redis"_s);
        QTest::keyClick(&field, Qt::Key_Escape);
        QVERIFY(field.text().isEmpty());
        QCOMPARE(field.accessibleName(), u"Search"_s);
    }

    void emptyStateComesAndGoes()
    {
        test::Gallery gallery;
        gallery.tabs->setCurrentIndex(1);
        gallery.show();
        QVERIFY(gallery.empty->isVisible());
        gallery.emptyModel->appendRow(new QStandardItem(u"prod-eu"_s));
        QVERIFY(!gallery.empty->isVisible());
        gallery.emptyModel->clear();
        QVERIFY(gallery.empty->isVisible());
        QCOMPARE(gallery.empty->geometry(), gallery.emptyView->viewport()->rect());
        gallery.resize(1400, 900);
        QCoreApplication::processEvents();
        QCOMPARE(gallery.empty->size(), gallery.emptyView->viewport()->size());
        QStandardItemModel other;
        other.appendRow(new QStandardItem(u"stage-eu"_s));
        gallery.emptyView->setModel(&other);
        QTRY_VERIFY(!gallery.empty->isVisible());
        other.removeRow(0);
        QVERIFY(gallery.empty->isVisible());
        gallery.emptyView->setModel(nullptr);
    }

    void tooltipOnlyWhenCut()
    {
        test::Gallery gallery;
        gallery.show();
        auto* tree = gallery.tree;
        const QModelIndex data = tree->model()->index(1, 0);
        const QModelIndex redis = tree->model()->index(1, 0, data);
        QVERIFY(tree->visualRect(redis).isValid());
        const auto tipAt = [&](const QModelIndex& index) {
            QToolTip::hideText();
            const QPoint at = tree->visualRect(index).center();
            QHelpEvent help(QEvent::ToolTip, at, tree->viewport()->mapToGlobal(at));
            QCoreApplication::sendEvent(tree->viewport(), &help);
        };
        tree->setColumnWidth(0, 140);
        tipAt(redis);
        QVERIFY(QToolTip::text().contains(u"longer than its column"_s));
        tree->setColumnWidth(0, 620);
        tipAt(redis);
        QVERIFY(!QToolTip::text().contains(u"longer than its column"_s));
        // What comes from a cluster is never taken for HTML.
        gallery.tree->model()->setData(redis, u"<b>redis</b><img src='http://example.com/x'>"_s);
        tree->setColumnWidth(0, 80);
        tipAt(redis);
        QVERIFY(QToolTip::text().contains(u"&lt;b&gt;redis"_s));
        QVERIFY(plainTip(QString(100'000, u'x')).size() < 3000);
    }

    void checkBoxesInRows()
    {
        QTreeView view;
        QStandardItemModel model;
        auto* item = new QStandardItem(u"system-mysql"_s);
        item->setCheckable(true);
        item->setEditable(false);
        item->setData(u"database"_s, models::role::Icon);
        model.appendRow(item);
        view.setModel(&model);
        view.setItemDelegate(new RowDelegate(&view));
        view.show();
        const QRect rect = view.visualRect(model.index(0, 0));
        QTest::mouseClick(view.viewport(), Qt::LeftButton, {}, QPoint(rect.left() + 8, rect.center().y()));
        QCOMPARE(item->checkState(), Qt::Checked);
        QTest::mouseClick(view.viewport(), Qt::LeftButton, {}, QPoint(rect.left() + 60, rect.center().y()));
        QCOMPARE(item->checkState(), Qt::Checked);
        view.setCurrentIndex(model.index(0, 0));
        view.setFocus();
        QTest::keyClick(&view, Qt::Key_Space);
        QCOMPARE(item->checkState(), Qt::Unchecked);
    }

    void errorsAreCopiedWhole()
    {
        QWidget parent;
        parent.show();
        const Error error{ErrorCode::Unreachable, u"The server of <b>prod-eu</b> does not answer."_s, u"dial tcp: connection refused"_s, u"Nothing was changed."_s};
        showError(&parent, u"Connect to prod-eu"_s, error);
        auto* dialog = dialogNamed(parent, u"error"_s);
        QVERIFY(dialog);
        QCOMPARE(dialog->windowTitle(), u"Connect to prod-eu"_s);
        const auto labels = dialog->findChildren<QLabel*>();
        for (const QLabel* label : labels)
            QCOMPARE(label->textFormat(), Qt::PlainText);
        auto* detail = dialog->findChild<QPlainTextEdit*>(u"detail"_s);
        QVERIFY(detail && !detail->isVisible());
        QTest::mouseClick(dialog->findChild<QToolButton*>(u"details"_s), Qt::LeftButton);
        QVERIFY(detail->isVisible());
        QCOMPARE(detail->toPlainText(), error.detail);
        QGuiApplication::clipboard()->clear();
        QTest::mouseClick(dialog->findChild<QPushButton*>(u"copy"_s), Qt::LeftButton);
        const QString copied = QGuiApplication::clipboard()->text();
        for (const QString& part : {u"Connect to prod-eu"_s, error.message, error.hint, error.detail})
            QVERIFY2(copied.contains(part), qPrintable(part));
        QPointer<QDialog> gone(dialog);
        QTest::keyClick(dialog, Qt::Key_Escape);
        QTRY_VERIFY(!gone);
    }

    void questionsRunOnlyTheirVerb()
    {
        QWidget parent;
        parent.show();
        int done = 0;
        const auto open = [&](ButtonKind kind) {
            ask(&parent, u"Delete this bundle?"_s, u"It is the only one of prod-eu."_s, u"Delete bundle"_s, kind, [&done] { ++done; });
            return dialogNamed(parent, u"question"_s);
        };
        QPointer<QDialog> dialog = open(ButtonKind::Danger);
        QVERIFY(dialog);
        // Enter takes the safe way out of what overwrites.
        QTest::keyClick(dialog, Qt::Key_Return);
        QTRY_VERIFY(!dialog);
        QCOMPARE(done, 0);
        dialog = open(ButtonKind::Danger);
        QTest::mouseClick(dialog->findChild<QPushButton*>(u"verb"_s), Qt::LeftButton);
        QTRY_VERIFY(!dialog);
        QCOMPARE(done, 1);
        dialog = open(ButtonKind::Primary);
        QTest::keyClick(dialog, Qt::Key_Return);
        QTRY_VERIFY(!dialog);
        QCOMPARE(done, 2);
        dialog = open(ButtonKind::Primary);
        QTest::keyClick(dialog, Qt::Key_Escape);
        QTRY_VERIFY(!dialog);
        QCOMPARE(done, 2);
    }

    void rowsAreCopiedAsText()
    {
        test::Gallery gallery;
        gallery.show();
        auto* tree = gallery.tree;
        tree->clearSelection();
        copyRows(tree);
        QStringList lines = QGuiApplication::clipboard()->text().split(u'\n', Qt::SkipEmptyParts);
        QCOMPARE(lines.size(), 1 + 2 + 3 + 8);
        QCOMPARE(lines.first(), u"Step\tProgress\tData\tShare"_s);
        QVERIFY(lines.at(3).startsWith(u"system-mysql\t62 %"_s));
        tree->collapseAll();
        copyRows(tree);
        QCOMPARE(QGuiApplication::clipboard()->text().split(u'\n', Qt::SkipEmptyParts).size(), 1 + 2 + 8);
        tree->setColumnHidden(3, true);
        tree->selectionModel()->select(tree->model()->index(0, 0), QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
        copyRows(tree);
        lines = QGuiApplication::clipboard()->text().split(u'\n', Qt::SkipEmptyParts);
        QCOMPARE(lines, (QStringList{u"Step\tProgress\tData"_s, u"Check\tDone: 5 of 5 steps\t271 KiB"_s}));
    }

    void pagesRememberTheirState()
    {
        QTemporaryDir folder;
        QSettings settings(folder.filePath(u"state.ini"_s), QSettings::IniFormat);
        QList<int> sizes;
        {
            test::Gallery gallery;
            gallery.show();
            gallery.split->setSizes({700, 400});
            gallery.tree->setColumnWidth(1, 333);
            gallery.tree->setColumnHidden(3, true);
            sizes = gallery.split->sizes();
            gallery.page->saveState(settings);
        }
        test::Gallery again;
        again.show();
        QVERIFY(again.split->sizes() != sizes);
        again.page->restoreState(settings);
        QCOMPARE(again.split->sizes(), sizes);
        QCOMPARE(again.tree->columnWidth(1), 333);
        QVERIFY(again.tree->isColumnHidden(3));
        // Other columns than those that were kept, and rubbish: left as they are.
        settings.setValue(u"gallery/steps-columns"_s, QByteArray(5000, '\xff'));
        settings.setValue(u"gallery/split"_s, QByteArray(5000, '\x7f'));
        again.page->restoreState(settings);
        QCOMPARE(again.tree->header()->count(), 4);
    }

    void bannersAndChipsHideWhenThereIsNothing()
    {
        QWidget parent;
        auto* banner = new Banner(&parent);
        auto* chip = new Chip(&parent);
        parent.show();
        QVERIFY(banner->isHidden());
        QVERIFY(chip->isHidden());
        banner->show(Banner::Kind::Error, u"Restore failed."_s, u"Its changes are being undone."_s);
        QVERIFY(banner->isVisible());
        QCOMPARE(banner->accessibleName(), u"Restore failed."_s);
        chip->set(u"Production"_s, theme::clusterColour(u"violet"_s));
        QVERIFY(chip->isVisible());
        chip->set({}, {});
        QVERIFY(chip->isHidden());
        // Told before they have a parent, they do not become windows.
        Chip early;
        early.set(u"Production"_s, theme::clusterColour(u"violet"_s));
        QVERIFY(!early.isVisible());
        early.setParent(&parent);
        QVERIFY(!early.testAttribute(Qt::WA_WState_ExplicitShowHide));
    }

    void buttonsSayWhatTheyAre()
    {
        QScopedPointer<QPushButton> danger(makeButton(u"Restore 3 components"_s, u"restore"_s, ButtonKind::Danger));
        danger->resize(danger->sizeHint());
        const QImage picture = danger->grab().toImage();
        QCOMPARE(picture.pixelColor(8, picture.height() - 5), theme::color(Token::ErrFill));
        QScopedPointer<QToolButton> tool(makeToolButton(u"refresh"_s, u"Check again"_s));
        QCOMPARE(tool->accessibleName(), u"Check again"_s);
        QCOMPARE(tool->toolTip(), u"Check again"_s);
        ElidedLabel label(u"A sentence that is much longer than its room."_s);
        label.resize(60, 20);
        QVERIFY(label.minimumSizeHint().width() < 60);
    }
};

QTEST_MAIN(TestParts)
#include "tst_parts.moc"
