#include "models/bundles/bundlefilter.h"
#include "models/common/components.h"
#include "tests/models/bundles/samples.h"

#include <QAbstractItemModelTester>
#include <QJsonObject>
#include <QMimeData>
#include <QSignalSpy>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::models;

namespace {
QString cell(const BundleLibrary& library, const QString& path, int column)
{
    return library.indexOf(path).siblingAtColumn(column).data().toString();
}

QString glyphOf(const BundleLibrary& library, const QString& path)
{
    return library.indexOf(path).data(role::Glyph).toString();
}
} // namespace

class TestBundleLibrary : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void rows()
    {
        samples::Place place;
        samples::writeBundle(place.path(u"whole"_s));
        samples::writeBundle(place.path(u"incomplete"_s), {.missing = {u"system-redis"_s, u"Secret/zync"_s}});
        samples::writeBundle(place.path(u"safety"_s), {.purpose = u"safety"_s, .version = {}});
        BundleLibrary library(place.workplace);
        const QAbstractItemModelTester tester(&library, QAbstractItemModelTester::FailureReportingMode::QtTest);
        library.start();
        QVERIFY(library.addFolder(place.folder));
        QVERIFY(samples::settled(library));
        QCOMPARE(library.rowCount(), 3);
        const QString whole = place.path(u"whole"_s);
        QCOMPARE(cell(library, whole, BundleLibrary::Cluster), u"prod-eu"_s);
        QCOMPARE(cell(library, whole, BundleLibrary::Namespace), u"3scale"_s);
        QCOMPARE(cell(library, whole, BundleLibrary::Threescale), u"2.7.1"_s);
        QCOMPARE(cell(library, place.path(u"safety"_s), BundleLibrary::Threescale), u"not known"_s); // the namespace did not tell it
        QCOMPARE(cell(library, whole, BundleLibrary::Complete), u"5 of 5"_s);
        QCOMPARE(cell(library, whole, BundleLibrary::Verified), u"Never"_s);
        QCOMPARE(glyphOf(library, whole), u"waiting"_s);
        QCOMPARE(library.indexOf(whole).siblingAtColumn(BundleLibrary::Size).data(role::Sort).toLongLong(), QFileInfo(whole).size());
        // An object that the namespace lacks is a reason, not a component.
        QCOMPARE(cell(library, place.path(u"incomplete"_s), BundleLibrary::Complete), u"5 of 6"_s);
        QCOMPARE(glyphOf(library, place.path(u"incomplete"_s)), u"warning"_s);
        QVERIFY(cell(library, place.path(u"incomplete"_s), BundleLibrary::Note).contains(u"system-redis"_s));
        QCOMPARE(cell(library, place.path(u"safety"_s), BundleLibrary::Note), u"Safety bundle of a restore"_s);
        QVERIFY(library.indexOf(place.path(u"safety"_s)).siblingAtColumn(BundleLibrary::Namespace).data(role::Icon).isValid());

        const std::unique_ptr<QMimeData> dragged(library.mimeData({library.indexOf(whole), library.indexOf(whole).siblingAtColumn(3)}));
        QCOMPARE(bundlesIn(dragged.get()), QStringList{whole});
    }

    void brokenBundles()
    {
        samples::Place place;
        samples::writeBundle(place.path(u"cut"_s), {.finish = false});
        samples::writeBundle(place.path(u"damaged"_s));
        samples::writeBundle(place.path(u"short"_s));
        samples::damage(place.path(u"damaged"_s), u"manifest.json"_s);
        QFile shortened(place.path(u"short"_s));
        QVERIFY(shortened.resize(shortened.size() / 2));
        QFile nonsense(place.path(u"nonsense"_s));
        QVERIFY(nonsense.open(QIODevice::WriteOnly) && nonsense.write("no bundle") == 9);
        nonsense.close();
        const QString cut = place.path(u"cut"_s) + u".partial"_s;
        samples::makeOld(cut);
        BundleLibrary library(place.workplace);
        library.start();
        library.addFolder(place.folder);
        QVERIFY(samples::settled(library));
        QCOMPARE(library.rowCount(), 4);
        QCOMPARE(library.bundle(cut)->state, BundleInfo::State::CutOff);
        QCOMPARE(cell(library, cut, BundleLibrary::Verified), u"Cut off"_s);
        QCOMPARE(cell(library, cut, BundleLibrary::Cluster), u"prod-eu"_s);
        QCOMPARE(cell(library, cut, BundleLibrary::Complete), u"4 of 5"_s);
        QCOMPARE(library.bundle(cut)->salvageable.size(), 4);
        QCOMPARE(library.bundle(cut)->lost.size(), 1);
        QVERIFY(library.bundle(cut)->lost.first().startsWith(u"configmaps/objects.json: "_s));
        QCOMPARE(cell(library, place.path(u"damaged"_s), BundleLibrary::Verified), u"Damaged"_s);
        QCOMPARE(library.bundle(place.path(u"damaged"_s))->salvageable.size(), 5);
        QCOMPARE(cell(library, place.path(u"short"_s), BundleLibrary::Verified), u"Cut off"_s);
        QCOMPARE(glyphOf(library, place.path(u"short"_s)), u"failed"_s);
        QCOMPARE(glyphOf(library, place.path(u"nonsense"_s)), u"failed"_s);
        QVERIFY(library.bundle(place.path(u"nonsense"_s))->error);
    }

    void whatIsBeingWrittenIsNotDamaged()
    {
        samples::Place place;
        samples::writeBundle(place.path(u"running"_s), {.finish = false});
        const QString partial = place.path(u"running"_s) + u".partial"_s;
        BundleLibrary library(place.workplace);
        library.start();
        library.addFolder(place.folder);
        QVERIFY(samples::settled(library));
        // It changed a moment ago.
        QCOMPARE(library.bundle(partial)->state, BundleInfo::State::Writing);
        library.setBeingWritten({place.path(u"running"_s)});
        samples::makeOld(partial);
        library.refresh();
        QVERIFY(samples::settled(library));
        QCOMPARE(library.bundle(partial)->state, BundleInfo::State::Writing);
        QCOMPARE(glyphOf(library, partial), u"running"_s);
        library.setBeingWritten({});
        QTRY_COMPARE(library.bundle(partial)->state, BundleInfo::State::CutOff);
    }

    void watchesAndMerges()
    {
        samples::Place place;
        samples::writeBundle(place.path(u"one"_s));
        samples::writeBundle(place.path(u"two"_s), {.cluster = u"stage-eu"_s});
        BundleLibrary library(place.workplace);
        BundleFilter filter;
        const QAbstractItemModelTester tester(&library, QAbstractItemModelTester::FailureReportingMode::QtTest);
        const QAbstractItemModelTester filterTester(&filter, QAbstractItemModelTester::FailureReportingMode::QtTest);
        filter.setSourceModel(&library);
        library.start();
        library.addFolder(place.folder);
        QVERIFY(samples::settled(library));
        const QPersistentModelIndex two = library.indexOf(place.path(u"two"_s));
        QSignalSpy resets(&library, &QAbstractItemModel::modelReset);

        samples::writeBundle(place.path(u"three"_s), {.cluster = u"aaa"_s});
        QTRY_COMPARE_WITH_TIMEOUT(cell(library, place.path(u"three"_s), BundleLibrary::Cluster), u"aaa"_s, 20'000);
        QVERIFY(QFile::remove(place.path(u"one"_s)));
        QTRY_COMPARE_WITH_TIMEOUT(library.rowCount(), 2, 20'000);
        QVERIFY(QFile::rename(place.path(u"three"_s), place.path(u"renamed"_s)));
        QTRY_COMPARE_WITH_TIMEOUT(cell(library, place.path(u"renamed"_s), BundleLibrary::Cluster), u"aaa"_s, 20'000);
        QCOMPARE(library.rowCount(), 2);
        // The other row is the same one all the time.
        QVERIFY(two.isValid());
        QCOMPARE(two.data(BundleLibrary::Path).toString(), place.path(u"two"_s));
        QCOMPARE(resets.size(), 0);
        // A file that changes is read again.
        QFile file(place.path(u"two"_s));
        QVERIFY(file.resize(file.size() - 700));
        QTRY_COMPARE_WITH_TIMEOUT(library.bundle(place.path(u"two"_s))->state, BundleInfo::State::CutOff, 20'000);

        filter.setWords(u"AAA renamed"_s);
        QCOMPARE(filter.rowCount(), 1);
        QCOMPARE(filter.bytes(), QFileInfo(place.path(u"renamed"_s)).size());
        filter.setWords(u"nothing like it"_s);
        QCOMPARE(filter.rowCount(), 0);
        filter.setWords({});
        filter.setFolder(place.folder + u"/other"_s);
        QCOMPARE(filter.rowCount(), 0);
        library.removeFolder(place.folder);
        QTRY_COMPARE(library.rowCount(), 0);
    }

    void notesAndVerificationsSurviveARestart()
    {
        samples::Place place;
        const QString path = place.path(u"one"_s), moved = place.path(u"moved"_s);
        samples::writeBundle(path);
        const QByteArray before = samples::contentOf(path);
        {
            BundleLibrary library(place.workplace);
            library.start();
            library.addFolder(place.folder);
            QVERIFY(samples::settled(library));
            QSignalSpy changes(&library, &QAbstractItemModel::dataChanged);
            const QModelIndex note = library.indexOf(path).siblingAtColumn(BundleLibrary::Note);
            QVERIFY(library.flags(note) & Qt::ItemIsEditable);
            QVERIFY(library.setData(note, u"  Before\nplan migration "_s, Qt::EditRole));
            QVERIFY(!changes.isEmpty());
            library.setVerification(library.bundle(path)->file, {QDateTime::currentDateTimeUtc(), true, {}});
            QCOMPARE(glyphOf(library, path), u"proven"_s);
        }
        QCOMPARE(samples::contentOf(path), before);
        const QString store = place.workplace.home + u"/library.json"_s;
        QCOMPARE(QFile::permissions(store) & (QFile::ReadGroup | QFile::ReadOther | QFile::WriteGroup | QFile::WriteOther), QFile::Permissions());
        QVERIFY(QFile::copy(path, moved));
        BundleLibrary library(place.workplace);
        library.start();
        QVERIFY(samples::settled(library));
        QCOMPARE(library.folders(), QStringList{place.folder});
        QCOMPARE(cell(library, path, BundleLibrary::Note), u"Before plan migration"_s);
        QCOMPARE(glyphOf(library, path), u"proven"_s);
        // A copy has the note, for it is the same backup; but nobody has verified these bytes.
        QCOMPARE(library.note(moved), u"Before plan migration"_s);
        QCOMPARE(glyphOf(library, moved), u"waiting"_s);
        // Other bytes under the same name are not the verified ones.
        QVERIFY(QFile::remove(path));
        samples::writeBundle(path, {.cluster = u"other"_s});
        library.refresh();
        QTRY_COMPARE(cell(library, path, BundleLibrary::Cluster), u"other"_s);
        QCOMPARE(cell(library, path, BundleLibrary::Verified), u"Never"_s);
        QCOMPARE(library.note(path), QString());
    }

    void singleFiles()
    {
        samples::Place place;
        const QString path = place.path(u"alone"_s);
        samples::writeBundle(path);
        BundleLibrary library(place.workplace);
        library.start();
        QVERIFY(!library.addFile(place.directory.filePath(u"something.txt"_s)));
        QVERIFY(library.addFile(path));
        QTRY_COMPARE(cell(library, path, BundleLibrary::Cluster), u"prod-eu"_s);
        QCOMPARE(library.singleFiles(), QStringList{path});
        // In the folder and by itself: one row.
        library.addFolder(place.folder);
        QVERIFY(samples::settled(library));
        QCOMPARE(library.rowCount(), 1);
        library.removeFolder(place.folder);
        library.removeFile(path);
        QTRY_COMPARE(library.rowCount(), 0);
    }

    void hostileState()
    {
        samples::Place place;
        QDir().mkpath(place.workplace.home);
        const QString store = place.workplace.home + u"/library.json"_s;
        const auto write = [&store](const QByteArray& text) {
            QFile file(store);
            QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate) && file.write(text) == text.size());
        };
        write("{\"folders\": [1, \"relative\", {\"a\": 1}], \"notes\": [3], \"verified\": {\"x\": {\"when\": \"never\"}}, \"files\": \"no\"}");
        {
            BundleLibrary library(place.workplace);
            QSignalSpy failures(&library, &BundleLibrary::failed);
            library.start();
            QVERIFY(samples::settled(library));
            QCOMPARE(library.folders(), QStringList());
            QCOMPARE(failures.size(), 0);
        }
        write("not json");
        BundleLibrary library(place.workplace);
        QSignalSpy failures(&library, &BundleLibrary::failed);
        library.start();
        QTRY_COMPARE(failures.size(), 1);
        // What cannot be read is not thrown away.
        library.addFolder(place.folder);
        QCOMPARE(samples::contentOf(store + u".damaged"_s), QByteArray("not json"));
        // A folder that goes away says so once.
        QVERIFY(samples::settled(library));
        QVERIFY(QDir(place.folder).removeRecursively());
        library.refresh();
        QTRY_COMPARE(failures.size(), 2);
    }

    void addingComesBeforeStarting()
    {
        samples::Place place;
        samples::writeBundle(place.path(u"one"_s));
        {
            BundleLibrary library(place.workplace);
            library.addFolder(place.folder);
            QVERIFY(samples::settled(library));
            library.setNote(place.path(u"one"_s), u"kept"_s);
        }
        // A window that only adds its folder loses nothing of what was remembered.
        BundleLibrary library(place.workplace);
        library.addFolder(place.folder);
        QVERIFY(samples::settled(library));
        QCOMPARE(library.note(place.path(u"one"_s)), u"kept"_s);
        // A folder that is not there yet is empty, and found when it is made.
        QSignalSpy failures(&library, &BundleLibrary::failed);
        const QString later = place.directory.filePath(u"later"_s);
        library.addFolder(later);
        QVERIFY(samples::settled(library));
        QVERIFY(library.isMissing(later));
        QCOMPARE(failures.size(), 0);
        QVERIFY(QDir().mkpath(later));
        samples::writeBundle(later + u"/two.scalekeep.tar"_s);
        QTRY_COMPARE_WITH_TIMEOUT(library.rowCount(), 2, 20'000);
    }
};

QTEST_GUILESS_MAIN(TestBundleLibrary)
#include "tst_bundlelibrary.moc"
