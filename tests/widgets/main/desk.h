#pragma once

#include "driver.h"
#include "tests/models/bundles/samples.h"
#include "tests/models/clusters/fixture.h"
#include "tests/models/restore/restorefixture.h"
#include "tests/models/run/runworld.h"

namespace scalekeep::test {

/// The desktop program over clusters that nobody answers for, real bundles and the journals of real runs: everything that the pages can show.
class Desk {
public:
    static constexpr auto bundleName = "north-threescale-20261122T104100Z.scalekeep.tar";

    Desk()
    {
        QDir().mkpath(folder());
        QSettings settings(home() + u"/desktop.ini"_s, QSettings::IniFormat);
        settings.setValue(u"bundleFolder"_s, folder());
    }

    void start() { m_program = std::make_unique<Program>(home()); }
    /// As the user does; what is running must have ended.
    bool end()
    {
        const bool closed = window().close();
        m_program.reset();
        return closed;
    }

    void putClusters()
    {
        namespace fixture = models::fixture;
        models::ClusterState north = fixture::clusterState(u"north"_s, {fixture::namespaceState(u"acme-api"_s, fixture::threescaleObjects()), fixture::namespaceState(u"threescale"_s, fixture::threescaleObjects())});
        north.cluster.production = true;
        north.cluster.namespaces = {u"acme-api"_s, u"threescale"_s};
        for (models::NamespaceState& each : north.namespaces) {
            each.inventory.apiUrl = QString::fromLatin1(RestoreFixture::apiUrl);
            each.inventory.projectUid = u"uid-"_s + each.name;
        }
        models::ClusterState south = fixture::clusterState(u"south"_s, {fixture::namespaceState(u"threescale"_s, fixture::threescaleObjects())});
        south.cluster.colour = u"teal"_s;
        south.cluster.readOnly = true;
        south.state = models::ConnectionState::LoginExpired;
        south.error = Error{ErrorCode::NotLoggedIn, u"The login to south has expired."_s, {}, u"Log in again."_s};
        models::ClusterState west = fixture::clusterState(u"west"_s, {});
        west.state = models::ConnectionState::Unreachable;
        west.error = Error{ErrorCode::Unreachable, u"api.west.example.com does not answer."_s, {}, u"Check the network."_s};
        for (const models::ClusterState& each : {north, south, west})
            m_program->clusters().put(each);
    }

    /// A whole one, and one that is cut off.
    void writeBundles()
    {
        QFile::copy(m_restore.writeBundle(), folder() + u'/' + QString::fromLatin1(bundleName));
        samples::Options cut;
        cut.finish = false;
        samples::writeBundle(folder() + u"/cut.scalekeep.tar"_s, cut);
        samples::makeOld(folder() + u"/cut.scalekeep.tar.partial"_s);
    }
    [[nodiscard]] QString bundle() const { return folder() + u'/' + QString::fromLatin1(bundleName); }

    /// One proven, one that failed and was undone, one that needs attention.
    bool runBefore()
    {
        m_world.onRun(u"broken"_s, [](run::StepRun&) -> Result<QJsonObject> {
            return fail(ErrorCode::RemoteFailed, u"Redis needed more memory than the helper pod's limit of 1 GiB."_s, u"Raise the helper pod's memory to 3 GiB."_s, u"command terminated with exit code 137"_s);
        });
        m_world.onUndo(u"stays"_s, [](run::StepRun&) -> Result<void> { return fail(ErrorCode::RemoteFailed, u"The deployment does not come back."_s, u"Look at its events."_s); });
        models::RunHub hub(m_world.workplace());
        for (const QList<plan::Step>& steps : {QList{RunWorld::step(u"read"_s)}, QList{RunWorld::change(u"stop"_s), RunWorld::change(u"broken"_s)}, QList{RunWorld::change(u"stays"_s), RunWorld::change(u"broken"_s)}}) {
            models::RunRequest request = m_world.request(RunWorld::plan(steps));
            request.catalog = models::fixture::namespaceState(u"threescale"_s, models::fixture::threescaleObjects()).detection->catalog;
            models::RunState* run = hub.start(std::move(request));
            if (!QTest::qWaitFor([run] { return run->phase() == models::RunState::Phase::Ended; }, 20'000))
                return false;
        }
        QFile::remove(home() + u"/lock.json"_s); // what the last one left in the namespace
        return true;
    }

    /// One that goes on until the gate is opened.
    models::RunState* startRun(RunWorld::Gate& gate)
    {
        m_world.onRun(u"mysql"_s, [&gate](run::StepRun& step) -> Result<QJsonObject> {
            step.progress(600'000'000, 3'100'000'000, u"bytes"_s);
            step.log(u"Table cinstances: 9377 rows"_s);
            if (!gate.wait(step.stop))
                return fail(ErrorCode::Cancelled, u"Stopped."_s);
            return QJsonObject{};
        });
        plan::Step read = RunWorld::step(u"mysql"_s, 3'100'000'000);
        read.component = u"system-mysql"_s;
        read.title = u"Read system-mysql"_s;
        read.section = u"6.5.1"_s;
        read.departure = u"Routines are added, which the text forgets."_s;
        return m_program->runs().start(m_world.request(RunWorld::plan({read})));
    }
    RunWorld::Gate& gate() { return m_world.gate(); }

    /// What a check would have found, for the choices on the Restore page.
    std::shared_ptr<models::Preparation> preparation()
    {
        models::RestoreSession& shown = window().restorePage()->session();
        m_restore.session.begin(shown.bundlePath(), shown.target());
        if (!QTest::qWaitFor([this] { return m_restore.session.header().has_value(); }))
            qFatal("no bundle");
        m_restore.session.components()->choose(shown.components()->chosen());
        QList<run::Check> checks = RestoreFixture::passed();
        checks.append({.id = u"space"_s, .title = u"Room for the safety bundle"_s, .state = run::Check::State::Failed, .evidence = u"2.1 GiB free, 4.9 GiB needed."_s, .remedy = u"Choose another folder."_s});
        return m_restore.preparation(checks);
    }

    [[nodiscard]] QString home() const { return m_world.workplace().home; }
    [[nodiscard]] QString folder() const { return home() + u"/bundles"_s; }
    RunWorld& world() { return m_world; }
    Program& program() { return *m_program; }
    widgets::MainWindow& window() { return m_program->window(); }
    widgets::ClustersTree* tree() { return window().clustersPane()->view(); }

private:
    RunWorld m_world;
    RestoreFixture m_restore;
    std::unique_ptr<Program> m_program;
};

} // namespace scalekeep::test
