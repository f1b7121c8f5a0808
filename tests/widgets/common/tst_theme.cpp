#include "tests/widgets/common/testtheme.h"
#include "widgets/common/delegates.h"
#include "widgets/common/icons.h"
#include "widgets/common/parts.h"

#include <QDir>
#include <QLabel>
#include <QPainter>
#include <QSet>
#include <QTest>

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

} // namespace

/// Colours, icons and sizes: readable, told apart, and with the user's font.
class TestTheme : public QObject {
    Q_OBJECT

    static int makeHeight()
    {
        QScopedPointer<QPushButton> button(makeButton(u"Dry run"_s));
        button->ensurePolished();
        return button->sizeHint().height();
    }

private Q_SLOTS:
    void initTestCase() { test::installLightTheme(); }
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
};

QTEST_MAIN(TestTheme)
#include "tst_theme.moc"
