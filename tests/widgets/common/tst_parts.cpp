#include "tests/widgets/common/gallery.h"

#include <QApplication>
#include <QClipboard>
#include <QDialog>
#include <QDir>
#include <QHelpEvent>
#include <QPainter>
#include <QSettings>
#include <QSet>
#include <QTemporaryDir>
#include <QTest>
#include <QToolTip>

#include <cmath>

using namespace scalekeep;
using namespace scalekeep::widgets;
using namespace Qt::Literals::StringLiterals;

namespace {

double luminance(const QColor& colour)
{
    const auto linear = [](double part) { return part <= 0.03928 ? part / 12.92 : std::pow((part + 0.055) / 1.055, 2.4); };
    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF());
}

double contrast(const QColor& one, const QColor& other)
{
    const double a = luminance(one), b = luminance(other);
    return (std::max(a, b) + 0.05) / (std::min(a, b) + 0.05);
}

/// Differing pixels of what the painter leaves on a plain ground.
int inkOn(const QColor& ground, const std::function<void(QPainter&)>& draw, int side = 16)
{
    QImage image(side, side, QImage::Format_ARGB32_Premultiplied);
    image.fill(ground);
    {
        QPainter painter(&image);
        draw(painter);
    }
    int differing = 0;
    for (int y = 0; y < side; ++y) {
        for (int x = 0; x < side; ++x)
            differing += contrast(image.pixelColor(x, y), ground) > 1.5 ? 1 : 0;
    }
    return differing;
}

QDialog* dialogNamed(QWidget& parent, const QString& name)
{
    return parent.findChild<QDialog*>(name);
}

} // namespace

class TestParts : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        theme::install(*qApp);
        theme::choose(theme::Choice::Light);
    }

    void cleanup() { theme::choose(theme::Choice::Light); }

    void themeFollowsTheChoice()
    {
        QWidget window;
        QLabel label(&window);
        QVERIFY(!theme::isDark());
        QCOMPARE(theme::color(Token::Window), QColor(0xF1, 0xF2, 0xF4));
        QCOMPARE(label.palette().color(QPalette::Text), theme::color(Token::Text));
        QCOMPARE(label.palette().color(QPalette::Inactive, QPalette::Highlight), theme::color(Token::Selection2));
        theme::choose(theme::Choice::Dark);
        QVERIFY(theme::isDark());
        QCOMPARE(label.palette().color(QPalette::Base), QColor(0x1A, 0x1C, 0x1F));
        QCOMPARE(label.palette().color(QPalette::PlaceholderText), theme::color(Token::Text2));
        QCOMPARE(label.palette().color(QPalette::Disabled, QPalette::Text), theme::color(Token::Off));
        // The test's platform has a light palette, so the system's choice is light.
        theme::choose(theme::Choice::System);
        QVERIFY(!theme::isDark());
    }

    void highContrastIsKept()
    {
        const QPalette own = QApplication::palette();
        QPalette system = own;
        system.setColor(QPalette::Window, Qt::black);
        system.setColor(QPalette::WindowText, Qt::white);
        theme::choose(theme::Choice::System);
        QApplication::setPalette(system);
        theme::install(*qApp);
        const bool dark = theme::isDark();
        const QColor ground = theme::color(Token::Base), line = theme::color(Token::Line), second = theme::color(Token::Text2), failed = theme::color(Token::Err);
        theme::choose(theme::Choice::Light); // what the user chose counts more
        const QColor chosen = theme::color(Token::Base);
        QApplication::setPalette(own);
        theme::install(*qApp);
        QVERIFY(dark);
        QCOMPARE(ground, QColor(Qt::black));
        QCOMPARE(line, QColor(Qt::white));
        QCOMPARE(second, QColor(Qt::white));
        QVERIFY(contrast(failed, ground) > 7);
        QCOMPARE(chosen, QColor(Qt::white));
        theme::choose(theme::Choice::System);
        QCOMPARE(theme::color(Token::Line), QColor(0xD3, 0xD7, 0xDC));
    }

    void tokenContrast_data()
    {
        QTest::addColumn<int>("token");
        QTest::addColumn<QList<double>>("light");
        QTest::addColumn<QList<double>>("dark");
        const auto add = [](const char* name, Token token, const QList<double>& light, const QList<double>& dark) { QTest::newRow(name) << static_cast<int>(token) << light << dark; };
        add("line2", Token::Line2, {3.3, 3.0, 2.6}, {4.1, 3.6, 2.5});
        add("text", Token::Text, {16.0, 14.3, 12.5}, {13.6, 12.0, 8.3});
        add("text2", Token::Text2, {6.4, 5.7, 5.0}, {7.6, 6.7, 4.7});
        add("off", Token::Off, {3.7, 3.3, 2.9}, {4.9, 4.3, 3.0});
        add("accent", Token::Accent, {6.1, 5.4, 4.7}, {7.6, 6.7, 4.6});
        add("ok", Token::Ok, {6.3, 5.7, 4.9}, {8.0, 7.0, 4.9});
        add("warn", Token::Warn, {6.3, 5.7, 4.9}, {9.0, 7.9, 5.5});
        add("err", Token::Err, {6.5, 5.8, 5.0}, {7.9, 6.9, 4.8});
    }

    void tokenContrast()
    {
        QFETCH(int, token);
        QFETCH(QList<double>, light);
        QFETCH(QList<double>, dark);
        for (const bool isDark : {false, true}) {
            theme::choose(isDark ? theme::Choice::Dark : theme::Choice::Light);
            const QList<double> least = isDark ? dark : light;
            const QList<Token> grounds{Token::Base, Token::Window, Token::Selection};
            for (int i = 0; i < 3; ++i) {
                const double measured = contrast(theme::color(static_cast<Token>(token)), theme::color(grounds.at(i)));
                QVERIFY2(measured > least.at(i) - 0.06, qPrintable(u"ground %1: %2 instead of %3"_s.arg(i).arg(measured).arg(least.at(i))));
            }
        }
    }

    void filledContrast()
    {
        for (const auto choice : {theme::Choice::Light, theme::Choice::Dark}) {
            theme::choose(choice);
            QVERIFY(contrast(theme::color(Token::OnAccent), theme::color(Token::AccentFill)) >= 5.2);
            QVERIFY(contrast(theme::color(Token::OnAccent), theme::color(Token::ErrFill)) >= 5.2);
            QVERIFY(contrast(theme::color(Token::BarFill), theme::color(Token::BarGround)) >= 4.8);
            QVERIFY(contrast(theme::color(Token::Bar), theme::color(Token::Base)) >= 3.0);
            for (const Token ground : {Token::OkGround, Token::WarnGround, Token::ErrGround})
                QVERIFY(contrast(theme::color(Token::Text), theme::color(ground)) >= (choice == theme::Choice::Dark ? 10.3 : 13.5));
            const QStringList names = theme::clusterColourNames();
            QCOMPARE(names.size(), 6);
            QSet<QRgb> seen;
            QSet<QString> titles;
            for (const QString& name : names) {
                const QColor colour = theme::clusterColour(name);
                QVERIFY2(contrast(colour, theme::color(Token::Base)) >= 4.5, qPrintable(name));
                QVERIFY2(contrast(colour, theme::color(Token::Window)) >= 4.5, qPrintable(name));
                seen.insert(colour.rgb());
                titles.insert(theme::clusterColourTitle(name));
            }
            QCOMPARE(seen.size(), 6);
            QCOMPARE(titles.size(), 6);
        }
        QCOMPARE(theme::clusterColour(u"no such colour"_s), theme::clusterColour(theme::clusterColourNames().first()));
        const QColor dark = theme::clusterColour(u"teal"_s);
        theme::choose(theme::Choice::Light);
        QVERIFY(theme::clusterColour(u"teal"_s) != dark);
        QCOMPARE(theme::inCurrentTheme(dark), theme::clusterColour(u"teal"_s));
        QCOMPARE(theme::inCurrentTheme(QColor(1, 2, 3)), QColor(1, 2, 3));
    }

    void everyIconShowsInBothThemes()
    {
        const QStringList files = QDir(u":/icons"_s).entryList({u"*.svg"_s});
        QVERIFY(files.size() > 40);
        for (const auto choice : {theme::Choice::Light, theme::Choice::Dark}) {
            theme::choose(choice);
            for (const QString& file : files) {
                const QString name = file.chopped(4);
                QVERIFY2(!icon(name).isNull(), qPrintable(name));
                for (const Token ground : {Token::Base, Token::Window}) {
                    const int ink = inkOn(theme::color(ground), [&](QPainter& painter) { icon(name).paint(&painter, QRect(0, 0, 16, 16)); });
                    QVERIFY2(ink >= 4, qPrintable(u"%1: %2 pixels"_s.arg(name).arg(ink)));
                }
            }
        }
        QVERIFY(icon({}).isNull());
        QVERIFY(icon(u"../theme"_s).isNull());
    }

    void iconsTakeTheColourOfTheirState()
    {
        const auto darkest = [](const QPixmap& picture) {
            const QImage image = picture.toImage();
            QColor found(Qt::white);
            for (int y = 0; y < image.height(); ++y) {
                for (int x = 0; x < image.width(); ++x) {
                    const QColor colour = image.pixelColor(x, y);
                    if (colour.alpha() == 255 && colour.lightness() < found.lightness())
                        found = colour;
                }
            }
            return found;
        };
        const QIcon drawn = icon(u"stop"_s);
        QCOMPARE(darkest(drawn.pixmap(QSize(64, 64), 1, QIcon::Normal)), theme::color(Token::Text2));
        QCOMPARE(darkest(drawn.pixmap(QSize(64, 64), 1, QIcon::Selected)), theme::color(Token::Text));
        QCOMPARE(darkest(drawn.pixmap(QSize(64, 64), 1, QIcon::Disabled)), theme::color(Token::Off));
        QCOMPARE(darkest(icon(u"stop@accent"_s).pixmap(QSize(64, 64), 1, QIcon::Normal)), theme::color(Token::Accent));
        // Crisp at twice the size: as many pixels as the screen has.
        QCOMPARE(drawn.pixmap(QSize(16, 16), 2.0).size(), QSize(32, 32));
    }

    void glyphsDifferByNameAndShape()
    {
        QSet<QString> names;
        QList<QImage> shapes;
        for (int i = static_cast<int>(Glyph::Proven); i <= static_cast<int>(Glyph::Equal); ++i) {
            const auto glyph = static_cast<Glyph>(i);
            names.insert(glyphName(glyph));
            QImage image(32, 32, QImage::Format_Grayscale8);
            image.fill(Qt::white);
            QPainter painter(&image);
            paintGlyph(painter, QRect(0, 0, 32, 32), glyph);
            painter.end();
            for (const QImage& other : shapes)
                QVERIFY2(image != other, qPrintable(glyphName(glyph)));
            shapes << image;
            QVERIFY(!glyphIcon(glyph).isNull());
        }
        QCOMPARE(names.size(), 12);
        QVERIFY(!names.contains(QString()));
        QVERIFY(glyphName(Glyph::None).isEmpty());
        QCOMPARE(glyphFromName(u"failed"_s), Glyph::Failed);
        QCOMPARE(glyphFromName(u"no such"_s), Glyph::None);
    }

    void theRunningRingTurns()
    {
        const auto drawn = [](double turn) {
            QImage image(32, 32, QImage::Format_ARGB32_Premultiplied);
            image.fill(Qt::white);
            QPainter painter(&image);
            paintGlyph(painter, QRect(0, 0, 32, 32), Glyph::Running, turn);
            painter.end();
            return image;
        };
        QVERIFY(drawn(0) != drawn(0.25));
        QVERIFY(drawn(0.25) != drawn(0.5));
    }

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

    void heightsFollowTheFont()
    {
        const QFont before = QApplication::font();
        const int row = theme::rowHeight();
        QVERIFY(makeHeight() >= 28);
        QFont large = before;
        large.setPixelSize(28);
        QApplication::setFont(large);
        QEvent change(QEvent::ApplicationFontChange); // sent by Qt only while the event loop runs
        QCoreApplication::sendEvent(qApp, &change);
        QVERIFY(theme::rowHeight() > row);
        QVERIFY(makeHeight() > 28);
        QCOMPARE(QApplication::font("QHeaderView").pixelSize(), theme::smallFont().pixelSize());
        QApplication::setFont(before);
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

private:
    static int makeHeight()
    {
        QScopedPointer<QPushButton> button(makeButton(u"Dry run"_s));
        button->ensurePolished();
        return button->sizeHint().height();
    }
};

QTEST_MAIN(TestParts)
#include "tst_parts.moc"
