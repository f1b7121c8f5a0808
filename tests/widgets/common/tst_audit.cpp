#include "tests/widgets/common/gallery.h"
#include "tests/widgets/common/pseudolocale.h"
#include "tests/widgets/common/widgetaudit.h"

#include <QFormLayout>
#include <QTableWidget>
#include <QTest>

using namespace scalekeep;
using namespace scalekeep::widgets;
using namespace Qt::Literals::StringLiterals;

namespace {

bool tells(const QStringList& problems, const QString& what, const QString& about = {})
{
    for (const QString& problem : problems) {
        if (problem.contains(what) && problem.contains(about))
            return true;
    }
    return false;
}

} // namespace

class TestAudit : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        theme::install(*qApp);
        theme::choose(theme::Choice::Light);
    }

    void theGalleryIsClean()
    {
        test::Gallery gallery;
        gallery.show();
        const QStringList problems = test::auditWidgets(gallery);
        QVERIFY2(problems.isEmpty(), qPrintable(problems.join(u'\n')));
    }

    void missingNames()
    {
        QWidget window;
        auto* layout = new QFormLayout(&window);
        auto* nameless = new QLineEdit;
        nameless->setObjectName(u"nameless"_s);
        auto* labelled = new QLineEdit;
        labelled->setObjectName(u"labelled"_s);
        auto* bare = new QToolButton;
        bare->setObjectName(u"bare"_s);
        bare->setIcon(icon(u"refresh"_s));
        auto* view = new QTreeView;
        view->setObjectName(u"view"_s);
        layout->addRow(nameless);
        layout->addRow(u"Name"_s, labelled);
        layout->addRow(bare);
        layout->addRow(makeToolButton(u"refresh"_s, u"Check again"_s));
        layout->addRow(makeButton(u"Dry run"_s));
        layout->addRow(view);
        window.show();
        QStringList problems = test::auditNames(window);
        QVERIFY(tells(problems, u"no accessible name"_s, u"nameless"_s));
        QVERIFY(tells(problems, u"no accessible name"_s, u"bare"_s));
        QVERIFY(tells(problems, u"without a tool tip"_s, u"bare"_s));
        QVERIFY(tells(problems, u"no accessible name"_s, u"view"_s));
        QCOMPARE(problems.size(), 4);
        nameless->setAccessibleName(u"Folder"_s);
        bare->setAccessibleName(u"Check again"_s);
        bare->setToolTip(u"Check again"_s);
        view->setAccessibleName(u"Steps"_s);
        problems = test::auditNames(window);
        QVERIFY2(problems.isEmpty(), qPrintable(problems.join(u'\n')));
    }

    void cutTexts()
    {
        QWidget window;
        window.resize(600, 400);
        auto* label = new QLabel(u"system-storage is missing"_s, &window);
        label->setGeometry(10, 10, 40, 30);
        auto* elided = new ElidedLabel(u"system-redis is missing"_s, Qt::ElideRight, &window);
        elided->setGeometry(10, 50, 40, 30);
        auto* wrapped = new QLabel(u"Portals and API gateways stay stopped until then, and that may take a while."_s, &window);
        wrapped->setWordWrap(true);
        wrapped->setGeometry(10, 90, 60, 20);
        auto* button = makeButton(u"Restore 3 components"_s, u"restore"_s, ButtonKind::Primary, &window);
        button->setGeometry(100, 10, 60, 28);
        auto* out = makeButton(u"Stop"_s, {}, ButtonKind::Plain, &window);
        out->setGeometry(570, 10, 80, 28);
        auto* search = new SearchField(u"Filter clusters and objects of all namespaces"_s, &window);
        search->setGeometry(100, 50, 80, 28);
        auto* table = new QTableWidget(2, 2, &window);
        table->setObjectName(u"table"_s);
        table->setHorizontalHeaderLabels({u"A rather long title of a column"_s, u"B"_s});
        table->setColumnWidth(0, 40);
        table->setGeometry(100, 100, 300, 200);
        window.show();
        QStringList problems = test::auditTexts(window);
        QVERIFY(tells(problems, u"cut off"_s, u"system-storage"_s));
        QVERIFY(!tells(problems, u"cut off"_s, u"system-redis"_s));
        QVERIFY(tells(problems, u"cut off"_s, u"Portals"_s));
        QVERIFY(tells(problems, u"cut off"_s, u"Restore 3"_s));
        QVERIFY(tells(problems, u"sticks out"_s, u"Stop"_s));
        QVERIFY(tells(problems, u"cut off"_s, u"SearchField"_s));
        QVERIFY(tells(problems, u"rather long title"_s));
        QCOMPARE(problems.size(), 6);
        label->resize(label->sizeHint());
        wrapped->resize(400, wrapped->heightForWidth(400));
        button->resize(button->sizeHint());
        out->move(300, 10);
        search->resize(450, 28);
        table->resizeColumnsToContents();
        problems = test::auditTexts(window);
        QVERIFY2(problems.isEmpty(), qPrintable(problems.join(u'\n')));
    }

    void tabOrder()
    {
        QWidget window;
        auto* layout = new QVBoxLayout(&window);
        auto* first = new QLineEdit;
        auto* table = new QTableWidget(3, 3);
        table->setObjectName(u"trap"_s);
        auto* last = new QLineEdit;
        last->setObjectName(u"last"_s);
        layout->addWidget(first);
        layout->addWidget(table);
        layout->addWidget(last);
        window.show();
        QStringList problems = test::auditTabOrder(window);
        QCOMPARE(problems.size(), 1);
        QVERIFY(tells(problems, u"keeps the Tab key"_s, u"trap"_s));
        table->setTabKeyNavigation(false);
        problems = test::auditTabOrder(window);
        QVERIFY2(problems.isEmpty(), qPrintable(problems.join(u'\n')));
        // Two fields that hand the focus to each other: the third is never reached.
        QWidget looped;
        auto* row = new QVBoxLayout(&looped);
        struct Jump : QLineEdit {
            QWidget* to = nullptr;
            bool focusNextPrevChild(bool) override
            {
                to->setFocus(Qt::TabFocusReason);
                return true;
            }
        };
        auto* one = new Jump;
        auto* two = new Jump;
        one->to = two;
        two->to = one;
        auto* three = new QLineEdit;
        three->setObjectName(u"unreached"_s);
        for (QWidget* field : std::initializer_list<QWidget*>{one, two, three})
            row->addWidget(field);
        looped.show();
        problems = test::auditTabOrder(looped);
        QCOMPARE(problems.size(), 1);
        QVERIFY(tells(problems, u"Tab does not get there"_s, u"unreached"_s));
    }

    void pseudoTexts_data()
    {
        QTest::addColumn<QString>("source");
        QTest::addColumn<QString>("expected");
        QTest::newRow("plain") << u"Start backup"_s << u"[Ŝťáŕť ƀáćķûƥ···]"_s;
        QTest::newRow("number") << u"%1 of %L2"_s << u"[%1 öƒ %L2]"_s;
        QTest::newRow("plural") << u"%n file(s)"_s << u"[%n ƒîļé(š)·]"_s;
        QTest::newRow("percent") << u"%1 %"_s << u"[%1 %]"_s;
        QTest::newRow("html") << u"<b>Routes</b> &amp; more"_s << u"[<b>Ŕöûťéš</b> &amp; möŕé···]"_s;
        QTest::newRow("mnemonic") << u"&File"_s << u"[&Fîļé]"_s;
        QTest::newRow("less than") << u"a < b"_s << u"[á < ƀ]"_s;
        QTest::newRow("empty") << QString() << u"[]"_s;
    }

    void pseudoTexts()
    {
        QFETCH(QString, source);
        QFETCH(QString, expected);
        QCOMPARE(test::pseudo(source), expected);
    }

    void pseudoIsLonger()
    {
        for (const QString& text : {u"Nothing in the cluster is changed."_s, u"Pause before next step"_s, u"Restore"_s}) {
            const double factor = double(test::pseudo(text).size()) / double(text.size());
            QVERIFY2(factor >= 1.3 && factor <= 1.5, qPrintable(text));
        }
    }

    void theProgramSpeaksIt()
    {
        test::PseudoTranslator translator;
        const QString before = glyphName(Glyph::Proven);
        QVERIFY(QCoreApplication::installTranslator(&translator));
        const QString after = glyphName(Glyph::Proven);
        const QString ofQt = QCoreApplication::translate("QShortcut", "Ctrl");
        QCoreApplication::removeTranslator(&translator);
        QCOMPARE(before, u"Proven"_s);
        QCOMPARE(after, test::pseudo(before));
        QCOMPARE(ofQt, u"Ctrl"_s);
        QCOMPARE(glyphName(Glyph::Proven), before);
    }
};

QTEST_MAIN(TestAudit)
#include "tst_audit.moc"
