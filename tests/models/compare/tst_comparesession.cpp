#include "comparesamples.h"
#include "models/common/format.h"
#include "models/compare/comparedetail.h"
#include "models/compare/comparetree.h"

#include <QJsonObject>
#include <QSignalSpy>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::models;
using State = CompareSession::State;

namespace {
bool settled(const CompareDetail& detail)
{
    return QTest::qWaitFor([&detail] { return detail.state() != CompareDetail::State::Working; }, 30'000);
}

/// All cells of a model as text, which must hold no secret.
QString textOf(const QAbstractItemModel& model)
{
    QString text;
    for (int row = 0; row < model.rowCount(); ++row) {
        for (int column = 0; column < model.columnCount(); ++column) {
            for (const int role : {int(Qt::DisplayRole), int(Qt::ToolTipRole), int(Qt::AccessibleTextRole)})
                text += model.index(row, column).data(role).toString() + u'\n';
        }
    }
    return text;
}
} // namespace

class TestCompareSession : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { qputenv("SCALEKEEP_OC", "/bin/false"); }

    void comparesBundlesByThemselves()
    {
        samples::ComparePlace place;
        CompareSession session(place.hub, place.library);
        QCOMPARE(session.state(), State::Empty);
        session.setSide(CompareSession::A, place.sideOf(u"before"_s));
        QCOMPARE(session.state(), State::Empty);
        session.setSide(CompareSession::B, place.sideOf(u"after"_s));
        QCOMPARE(session.state(), State::Working);
        QVERIFY(samples::compared(session));
        const compare::Node* table = session.comparison()->find(u"system-mysql/table/cinstances"_s);
        QVERIFY(table);
        QCOMPARE(table->state, compare::State::Changed);
        QVERIFY(!session.comparison()->isEqual());
        QCOMPARE(session.text(CompareSession::A).title, u"prod-eu / 3scale, "_s + formatMoment(samples::before));
        QVERIFY(session.text(CompareSession::A).line.endsWith(u"Base of the comparison."_s));
        QVERIFY2(session.text(CompareSession::B).line.endsWith(u"32 h 41 min later."_s), qPrintable(session.text(CompareSession::B).line));
    }

    void equalAlthoughTheClusterCountsUp()
    {
        samples::ComparePlace place;
        samples::writeBundle(place.path(u"again"_s), {.started = samples::after}, samples::streamsUntouched());
        CompareSession session(place.hub, place.library);
        session.setSides(place.sideOf(u"before"_s), place.sideOf(u"again"_s));
        QVERIFY(samples::compared(session));
        QVERIFY(session.comparison()->isEqual());
        // A bundle is equal to itself, and can stand on both sides.
        session.setSides(place.sideOf(u"after"_s), place.sideOf(u"after"_s));
        QVERIFY(samples::compared(session));
        QVERIFY(session.comparison()->isEqual());
    }

    void swapReadsNothingAgain()
    {
        samples::ComparePlace place;
        CompareSession session(place.hub, place.library);
        session.setSides(place.sideOf(u"before"_s), place.sideOf(u"after"_s));
        QVERIFY(samples::compared(session));
        const compare::Content* a = session.content(CompareSession::A);
        const compare::Counts counts = session.comparison()->root->counts;
        session.swap();
        QCOMPARE(session.content(CompareSession::B), a);
        QVERIFY(samples::compared(session));
        QCOMPARE(session.content(CompareSession::B), a);
        QCOMPARE(session.comparison()->root->counts.added, counts.removed);
        QCOMPARE(session.comparison()->root->counts.removed, counts.added);
    }

    void oldAnswersAreDropped()
    {
        samples::ComparePlace place;
        CompareSession session(place.hub, place.library);
        session.setSides(place.sideOf(u"before"_s), place.sideOf(u"after"_s));
        // Before the answer has come the question is another one.
        session.setSides(place.sideOf(u"after"_s), place.sideOf(u"after"_s));
        QSignalSpy answers(&session, &CompareSession::comparisonChanged);
        QVERIFY(samples::compared(session));
        place.workers.waitForDone();
        QTest::qWait(50);
        QVERIFY(session.comparison()->isEqual());
        QCOMPARE(answers.size(), 1);
        // And a session that is gone gets none.
        auto* gone = new CompareSession(place.hub, place.library);
        gone->setSides(place.sideOf(u"before"_s), place.sideOf(u"after"_s));
        delete gone;
        place.workers.waitForDone();
        QCoreApplication::processEvents();
    }

    void cancelled()
    {
        samples::ComparePlace place;
        CompareSession session(place.hub, place.library);
        session.setSides(place.sideOf(u"before"_s), place.sideOf(u"after"_s));
        session.cancel();
        QCOMPARE(session.state(), State::Ready);
        place.workers.waitForDone();
        QTest::qWait(50);
        QVERIFY(!session.comparison());
        session.start();
        QVERIFY(samples::compared(session));
    }

    void damagedAndMissingBundles()
    {
        samples::ComparePlace place;
        QFile file(place.path(u"broken"_s));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("no bundle at all");
        file.close();
        CompareSession session(place.hub, place.library);
        session.setSides(place.sideOf(u"before"_s), place.sideOf(u"broken"_s));
        QVERIFY(QTest::qWaitFor([&session] { return session.state() == State::Failed; }, 20'000));
        QVERIFY(!session.error()->message.isEmpty());
        session.setSide(CompareSession::B, place.sideOf(u"not-there"_s));
        QVERIFY(QTest::qWaitFor([&session] { return session.state() == State::Failed; }, 20'000));
        // As soon as it is there it can be compared.
        QVERIFY(QFile::copy(place.path(u"after"_s), place.path(u"not-there"_s)));
        session.refresh();
        QVERIFY(samples::compared(session));
    }

    void refreshReadsWhatHasChanged()
    {
        samples::ComparePlace place;
        QVERIFY(QFile::copy(place.path(u"before"_s), place.path(u"moving"_s)));
        CompareSession session(place.hub, place.library);
        session.setSides(place.sideOf(u"before"_s), place.sideOf(u"moving"_s));
        QVERIFY(samples::compared(session));
        QVERIFY(session.comparison()->isEqual());
        QVERIFY(QFile::remove(place.path(u"moving"_s)) && QFile::copy(place.path(u"after"_s), place.path(u"moving"_s)));
        session.refresh();
        QVERIFY(samples::compared(session));
        QVERIFY(!session.comparison()->isEqual());
    }

    void aNamespaceIsReadOnlyWhenAsked()
    {
        samples::ComparePlace place;
        CompareSession session(place.hub, place.library);
        session.setSides(place.sideOf(u"before"_s), {{}, {u"prod-eu"_s, u"3scale"_s}});
        QCOMPARE(session.state(), State::Ready);
        QVERIFY(!session.comparison());
        // No such cluster is known here.
        session.start();
        QCOMPARE(session.state(), State::Working);
        QVERIFY(QTest::qWaitFor([&session] { return session.state() == State::Failed; }, 20'000));
        QCOMPARE(session.error()->code, ErrorCode::NotFound);
    }

    void rulesAreKept()
    {
        samples::ComparePlace place;
        CompareSession session(place.hub, place.library);
        session.setSides(place.sideOf(u"before"_s), place.sideOf(u"after"_s));
        QVERIFY(samples::compared(session));
        const qint64 all = session.comparison()->root->counts.sum();
        compare::Rules rules = session.rules();
        compare::Rule own;
        own.id = u"own-1"_s;
        own.title = u"ConfigMaps change"_s;
        own.kind = u"ConfigMap"_s;
        rules.list.append(own);
        session.setRules(rules);
        QVERIFY(samples::compared(session));
        QVERIFY(session.comparison()->root->counts.sum() < all);
        place.workers.waitForDone();
        CompareSession again(place.hub, place.library);
        QCOMPARE(again.rules(), rules);
        QVERIFY(!(QFile(place.workplace.home + u"/compare-rules.json"_s).permissions() & (QFile::ReadGroup | QFile::ReadOther)));
    }

    void rulesThatMakeNoSense_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("members of other types") << QByteArray(R"({"rules": 7, "own": [{"kind": []}]})");
        QTest::newRow("no JSON") << QByteArray("rules:");
    }

    void rulesThatMakeNoSense()
    {
        QFETCH(QByteArray, text);
        samples::ComparePlace place;
        QVERIFY(QDir().mkpath(place.workplace.home));
        QFile file(place.workplace.home + u"/compare-rules.json"_s);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(text);
        file.close();
        CompareSession session(place.hub, place.library);
        QSignalSpy failed(&session, &CompareSession::failed);
        QCOMPARE(session.rules(), compare::Rules::standard());
        QTRY_COMPARE(failed.size(), 1);
    }

    void detailsOfRows()
    {
        samples::ComparePlace place;
        CompareSession session(place.hub, place.library);
        session.setSides(place.sideOf(u"before"_s), place.sideOf(u"after"_s));
        QVERIFY(samples::compared(session));
        CompareDetail detail(session);
        detail.show(u"system-mysql/table/cinstances"_s);
        QVERIFY(settled(detail));
        QVERIFY2(detail.state() == CompareDetail::State::Done, qPrintable(detail.error() ? detail.error()->message : QString()));
        QCOMPARE(detail.title(), u"system-mysql / cinstances"_s);
        QCOMPARE(detail.subtitle(), u"6 rows in A, 6 in B; key: id"_s);
        QCOMPARE(detail.foot(), u"7 differing rows: 2 added, 2 removed, 3 changed."_s);
        const SidesModel& sides = *detail.sides();
        QCOMPARE(sides.rowCount(), 7);
        QCOMPARE(sides.sideColumns(), 6);
        // By the key: 2041 has another plan.
        const int row = 0;
        QCOMPARE(sides.index(row, sides.columnOf(false, 0)).data().toString(), u"2041"_s);
        QCOMPARE(sides.index(row, sides.columnOf(false, 2)).data().toString(), u"118"_s);
        QCOMPARE(sides.index(row, sides.columnOf(true, 2)).data().toString(), u"121"_s);
        QVERIFY(sides.index(row, sides.columnOf(true, 2)).data(SidesModel::CellChanged).toBool());
        QVERIFY(!sides.index(row, sides.columnOf(true, 1)).data(SidesModel::CellChanged).toBool());
        QCOMPARE(sides.index(row, sides.stateColumn()).data(role::Glyph).toString(), u"changed"_s);
        // Of user keys only that they differ.
        const QString text = textOf(sides);
        QVERIFY(!text.contains(u"key-2"_s) && !text.contains(u"key-9"_s));
        QVERIFY(sides.index(1, sides.columnOf(true, 4)).data(SidesModel::CellChanged).toBool());
    }

    void detailsOfTextsKeysAndSecrets()
    {
        samples::ComparePlace place;
        CompareSession session(place.hub, place.library);
        session.setSides(place.sideOf(u"before"_s), place.sideOf(u"after"_s));
        QVERIFY(samples::compared(session));
        QStringList paths;
        for (const compare::Node* each : session.comparison()->differences())
            paths.append(each->path);
        const auto pathOf = [&](const QString& part) {
            const auto found = std::find_if(paths.begin(), paths.end(), [&part](const QString& path) { return path.contains(part); });
            return found == paths.end() ? QString() : *found;
        };
        CompareDetail detail(session);
        detail.show(pathOf(u"system-environment"_s));
        QVERIFY(settled(detail));
        QCOMPARE(detail.state(), CompareDetail::State::Done);
        QVERIFY(detail.sides()->isText());
        QVERIFY2(textOf(*detail.sides()).contains(u"RAILS_LOG_LEVEL"_s), qPrintable(textOf(*detail.sides())));
        const int first = detail.sides()->nextDifference(-1, true);
        QVERIFY(first >= 0);
        const auto marks = detail.sides()->index(first, detail.sides()->columnOf(false, 1)).data(SidesModel::Marks).value<QList<compare::Range>>();
        QVERIFY(!marks.isEmpty());

        detail.show(pathOf(u"system-recaptcha"_s));
        QVERIFY(settled(detail));
        QCOMPARE(detail.state(), CompareDetail::State::Done);
        QVERIFY2(detail.foot().startsWith(u"1 of "_s), qPrintable(detail.foot()));
        const QString secret = textOf(*detail.sides());
        QVERIFY(secret.contains(u"PRIVATE_KEY"_s) && secret.contains(u"••••••••"_s));
        for (const QByteArray& value : {samples::secretValue, samples::rotatedSecret, QByteArray::fromBase64(samples::secretValue), QByteArray::fromBase64(samples::rotatedSecret)})
            QVERIFY(!secret.contains(QString::fromUtf8(value)));

        // Each prefix on its own; together they are all keys that differ.
        int keys = 0;
        for (const QString& path : paths) {
            if (!path.contains(u"backend-redis"_s))
                continue;
            detail.show(path);
            QVERIFY(settled(detail));
            QCOMPARE(detail.state(), CompareDetail::State::Done);
            QVERIFY2(detail.foot().contains(u" differing keys"_s), qPrintable(detail.foot()));
            keys += detail.foot().section(u' ', 0, 0).toInt();
        }
        QCOMPARE(keys, 7);

        detail.show(pathOf(u"page.html"_s));
        QVERIFY(settled(detail));
        QCOMPARE(detail.state(), CompareDetail::State::Done);
        QVERIFY(textOf(*detail.sides()).contains(u"<body>two</body>"_s));
        // The same once more costs nothing.
        QCOMPARE(session.cost(detail.path()), 0);
        // A component has no detail of its own.
        detail.show(u"system-mysql"_s);
        QCOMPARE(detail.state(), CompareDetail::State::Plain);
        detail.show(u"nothing/like/this"_s);
        QCOMPARE(detail.state(), CompareDetail::State::Nothing);
    }

    void detailsFollowTheComparison()
    {
        samples::ComparePlace place;
        CompareSession session(place.hub, place.library);
        session.setSides(place.sideOf(u"before"_s), place.sideOf(u"after"_s));
        QVERIFY(samples::compared(session));
        CompareDetail detail(session), pinned(session);
        detail.show(u"system-mysql/table/cinstances"_s);
        QVERIFY(settled(detail));
        pinned.take(detail);
        QVERIFY(settled(pinned));
        QCOMPARE(pinned.sides()->detail(), detail.sides()->detail());
        session.swap();
        QCOMPARE(detail.state(), CompareDetail::State::Nothing);
        QVERIFY(samples::compared(session));
        QVERIFY(settled(detail) && settled(pinned));
        QCOMPARE(detail.sides()->index(0, detail.sides()->columnOf(false, 2)).data().toString(), u"121"_s);
        QCOMPARE(pinned.sides()->index(0, pinned.sides()->columnOf(false, 2)).data().toString(), u"121"_s);
        // Walking on before it has been read leaves nothing of it behind.
        detail.show(u"system-mysql/table/plans"_s);
        detail.show(u"system-mysql/table/cinstances"_s);
        QVERIFY(settled(detail));
        QCOMPARE(detail.sides()->rowCount(), 7);
        detail.open();
        detail.cancel();
        QVERIFY(detail.state() != CompareDetail::State::Working);
    }

    void exports()
    {
        samples::ComparePlace place;
        CompareSession session(place.hub, place.library);
        session.setSides(place.sideOf(u"before"_s), place.sideOf(u"after"_s));
        QVERIFY(samples::compared(session));
        CompareDetail detail(session);
        detail.show(u"system-mysql/table/cinstances"_s);
        QVERIFY(settled(detail));
        std::optional<Result<void>> written;
        const auto answer = [&written](const Result<void>& result) { written = result; };
        for (const QString& name : {u"out.html"_s, u"out.json"_s}) {
            written.reset();
            const QString file = place.directory.filePath(name);
            session.exportTo(file, this, answer);
            QTRY_VERIFY_WITH_TIMEOUT(written.has_value(), 20'000);
            QVERIFY(written->has_value());
            const QByteArray content = samples::contentOf(file);
            QVERIFY(content.contains("cinstances") && content.contains("Partner portal"));
            for (const QByteArray& secret : {samples::secretValue, samples::rotatedSecret, QByteArray("key-9")})
                QVERIFY2(!content.contains(secret), secret.constData());
        }
        written.reset();
        session.exportTo(u"/nowhere/at/all.html"_s, this, answer);
        QTRY_VERIFY_WITH_TIMEOUT(written.has_value(), 20'000);
        QVERIFY(!written->has_value());
    }
};

QTEST_GUILESS_MAIN(TestCompareSession)
#include "tst_comparesession.moc"
