#include "models/clusters/clusterfilter.h"
#include "sandbox.h"
#include "widgets/clusters/addclusterdialog.h"
#include "widgets/clusters/clusterspane.h"
#include "widgets/clusters/clusterstree.h"
#include "widgets/clusters/loginline.h"
#include "widgets/clusters/revealed.h"
#include "widgets/common/theme.h"

#include <QDir>
#include <QRadioButton>
#include <QSignalSpy>
#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::models;
using namespace scalekeep::widgets;

namespace {
constexpr int patience = 120'000;
}

/// From an empty list to a renewed login, as a user does it, on a real sandbox.
class TestSandboxClusters : public QObject {
    Q_OBJECT

    Sandbox m_sandbox;
    Redactor m_redactor;
    QThreadPool m_workers;
    std::unique_ptr<cluster::Logins> m_logins;
    std::unique_ptr<Workplace> m_workplace;
    std::unique_ptr<ClusterHub> m_hub;
    std::unique_ptr<ClustersPane> m_pane;

    [[nodiscard]] QModelIndex at(const QString& path) const
    {
        return static_cast<const ClusterFilter*>(m_pane->view()->model())->mapFromSource(m_pane->model()->indexOf(QString(path).replace(u'/', u'\n')));
    }
    [[nodiscard]] QString detail(const QString& path) const { return at(path).data(ClusterTreeModel::DetailRole).toString(); }
    AddClusterDialog* dialog() const { return m_pane->window()->findChild<AddClusterDialog*>(); }
    void paste(AddClusterDialog* into) const
    {
        into->findChild<LoginLine*>()->setText(u"oc login --token=%1 --server=%2"_s.arg(QString::fromUtf8(m_sandbox.token(u"north"_s, u"edit"_s).reveal()), m_sandbox.server(u"north"_s).toString()));
    }

private Q_SLOTS:
    void initTestCase()
    {
        const QByteArray said = m_sandbox.up(u"north/threescale"_s);
        QVERIFY2(said.isEmpty(), said);
        theme::install(*qApp);
        m_workers.setMaxThreadCount(4);
        m_logins = std::make_unique<cluster::Logins>(m_sandbox.state(), m_redactor);
        m_workplace = std::make_unique<Workplace>(Workplace{m_sandbox.state(), m_redactor, *m_logins, m_workers});
        m_hub = std::make_unique<ClusterHub>(*m_workplace);
        m_pane = std::make_unique<ClustersPane>(*m_hub);
        m_pane->resize(320, 748);
        m_pane->show();
        m_hub->start();
        QVERIFY(m_hub->clusters().isEmpty());
    }

    void logsIn()
    {
        m_pane->addCluster();
        QVERIFY(dialog());
        paste(dialog());
        auto* name = dialog()->findChild<QLineEdit*>(u"clusterName"_s);
        name->selectAll();
        QTest::keyClicks(name, u"north"_s);
        auto* connect = dialog()->findChild<QPushButton*>(u"connect"_s);
        QTest::mouseClick(connect, Qt::LeftButton);
        auto* byFile = dialog()->findChild<QRadioButton*>(u"trustFile"_s);
        QTRY_VERIFY_WITH_TIMEOUT(byFile->isVisible(), patience);
        byFile->click();
        dialog()->findChild<QLineEdit*>(u"caFile"_s)->setText(m_sandbox.path(u"ca-north.crt"_s));
        QVERIFY(connect->isEnabled());
        QTest::mouseClick(connect, Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(m_hub->cluster(u"north"_s), patience);
        QCOMPARE(m_hub->cluster(u"north"_s)->state, ConnectionState::Connected);
        QTRY_VERIFY(!dialog());
    }

    void showsTheStores()
    {
        QTRY_VERIFY_WITH_TIMEOUT(at(u"north/threescale/data/system-mysql"_s).isValid(), patience);
        QVERIFY(m_pane->view()->isExpanded(at(u"north/threescale/data"_s)));
        for (const QString& store : {u"system-storage"_s, u"backend-redis"_s, u"system-redis"_s, u"zync-database"_s})
            QVERIFY2(at(u"north/threescale/data/"_s + store).isValid(), qPrintable(store));
        QCOMPARE(detail(u"north/threescale/data/zync-database"_s), u"no volume"_s);
        QVERIFY(!detail(u"north/threescale/data/system-mysql"_s).isEmpty());
        QVERIFY(detail(u"north/threescale"_s).startsWith(u"2.7"));
        // What its volume holds is read after it.
        QTRY_VERIFY2_WITH_TIMEOUT(detail(u"north/threescale/data/system-mysql"_s).contains(u" of "), qPrintable(detail(u"north/threescale/data/system-mysql"_s)), patience);
        QTRY_VERIFY_WITH_TIMEOUT(detail(u"north/threescale/workloads"_s).endsWith(u"ready"), patience);
        if (const QString folder = qEnvironmentVariable("SCALEKEEP_PICTURES"); !folder.isEmpty())
            m_pane->grab().save(folder + u"/clusters-sandbox.png"_s);
    }

    void revealsOneValue()
    {
        m_pane->view()->setCurrentIndex(at(u"north/threescale/secrets/system-database/URL"_s));
        QVERIFY(m_pane->view()->currentIndex().isValid());
        const auto actions = m_pane->actions();
        for (QAction* each : actions) {
            if (each->text() == u"Reveal value")
                each->trigger();
        }
        QTRY_VERIFY_WITH_TIMEOUT(m_pane->findChild<Revealed*>(), patience);
        auto* shown = m_pane->findChild<Revealed*>();
        const QByteArray value = shown->findChild<QPlainTextEdit*>()->toPlainText().toUtf8();
        QVERIFY(value.startsWith("mysql2://"));
        QVERIFY(m_redactor.contains(value));
        shown->close();
    }

    void keepsEverythingWhenTheLoginExpires()
    {
        QSignalSpy expired(m_hub.get(), &ClusterHub::loginExpired), renewed(m_hub.get(), &ClusterHub::loginRenewed), resets(m_pane->view()->model(), &QAbstractItemModel::modelReset);
        m_pane->view()->setCurrentIndex(at(u"north/threescale/data/backend-redis"_s));
        QVERIFY(m_sandbox.run({u"expire-token"_s, u"--cluster"_s, u"north"_s}));
        m_hub->refresh(u"north"_s);
        QTRY_COMPARE_WITH_TIMEOUT(expired.size(), 1, patience);
        QCOMPARE(m_hub->cluster(u"north"_s)->state, ConnectionState::LoginExpired);
        QCOMPARE(at(u"north"_s).data(role::Glyph).toString(), u"warning"_s);
        QCOMPARE(m_pane->view()->currentIndex().data().toString(), u"backend-redis"_s);
        QVERIFY(at(u"north/threescale/data/system-mysql"_s).isValid());

        QVERIFY(m_sandbox.run({u"renew-token"_s}));
        m_pane->loginAgain(u"north"_s);
        paste(dialog());
        QTest::mouseClick(dialog()->findChild<QPushButton*>(u"connect"_s), Qt::LeftButton);
        QTRY_COMPARE_WITH_TIMEOUT(renewed.size(), 1, patience);
        QTRY_VERIFY(!dialog());
        QCOMPARE(m_hub->cluster(u"north"_s)->state, ConnectionState::Connected);
        QCOMPARE(m_pane->view()->currentIndex().data().toString(), u"backend-redis"_s);
        QCOMPARE(m_pane->selectedComponents().size(), 1);
        QVERIFY(m_pane->view()->isExpanded(at(u"north/threescale/data"_s)));
        QCOMPARE(resets.size(), 0);
        // The reading after it comes back whole.
        QTRY_VERIFY_WITH_TIMEOUT(m_hub->namespaceState({u"north"_s, u"threescale"_s}) && !m_hub->namespaceState({u"north"_s, u"threescale"_s})->reading && !m_hub->namespaceState({u"north"_s, u"threescale"_s})->error, patience);
        QCOMPARE(m_pane->view()->currentIndex().data().toString(), u"backend-redis"_s);
    }

    void restrictedUserAddsANamespace()
    {
        LoginRequest request;
        request.name = u"narrow"_s;
        request.server = m_sandbox.server(u"north"_s);
        request.token = m_sandbox.token(u"north"_s, u"secluded"_s);
        request.trust = m_sandbox.trust(u"north"_s);
        Result<void> done = fail(ErrorCode::Internal, u"no answer"_s);
        m_hub->login(request, this, [&done](const Result<void>& answer) { done = answer; });
        QTRY_VERIFY2_WITH_TIMEOUT(done.has_value(), qPrintable(done ? QString() : done.error().message), patience);
        QTRY_VERIFY_WITH_TIMEOUT(!m_hub->cluster(u"narrow"_s)->mayListProjects, patience);
        QVERIFY(m_hub->cluster(u"narrow"_s)->namespaces.isEmpty());
        QVERIFY(!m_hub->cluster(u"narrow"_s)->error);

        std::optional<Result<void>> answer;
        m_hub->addNamespace({u"narrow"_s, u"no-such-namespace"_s}, this, [&answer](const Result<void>& given) { answer = given; });
        QTRY_VERIFY_WITH_TIMEOUT(answer.has_value(), patience);
        QVERIFY(!answer->has_value());
        QVERIFY(m_hub->cluster(u"narrow"_s)->cluster.namespaces.isEmpty());
        answer.reset();
        m_hub->addNamespace({u"narrow"_s, u"threescale"_s}, this, [&answer](const Result<void>& given) { answer = given; });
        QTRY_VERIFY_WITH_TIMEOUT(answer.has_value(), patience);
        QVERIFY2(answer->has_value(), answer->has_value() ? "" : qPrintable(answer->error().message));
        QVERIFY(at(u"narrow/threescale"_s).isValid());
    }

    void logsOutAndForgets()
    {
        std::optional<Result<void>> answer;
        m_hub->remove(u"north"_s, this, [&answer](const Result<void>& given) { answer = given; });
        QTRY_VERIFY_WITH_TIMEOUT(answer.has_value(), patience);
        QVERIFY2(answer->has_value(), answer->has_value() ? "" : qPrintable(answer->error().message));
        QVERIFY(!m_hub->cluster(u"north"_s));
        QVERIFY(!at(u"north"_s).isValid());
        QVERIFY(!m_logins->cluster(u"north"_s));
    }

    void cleanupTestCase()
    {
        m_pane.reset();
        m_hub.reset();
        m_workers.waitForDone();
        m_sandbox.run({u"down"_s, u"--purge"_s});
    }
};

QTEST_MAIN(TestSandboxClusters)
#include "tst_sandbox_clusters.moc"
