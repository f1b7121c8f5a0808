#pragma once

#include "../../cluster/sandbox.h"
#include "driver.h"
#include "tests/widgets/common/testtheme.h"
#include "widgets/main/texts.h"

#include <QTreeView>

namespace scalekeep::test {

/// What the tests of the whole program on two sandbox clusters have in common.
class OnSandbox : public QObject {
protected:
    void setUp()
    {
        const QByteArray problem = m_sandbox.up(u"north/threescale,south/threescale"_s);
        QVERIFY2(problem.isEmpty(), problem.constData());
        QDir().mkpath(m_sandbox.state() + u"/bundles"_s);
        QSettings settings(m_sandbox.state() + u"/desktop.ini"_s, QSettings::IniFormat);
        settings.setValue(u"bundleFolder"_s, m_sandbox.state() + u"/bundles"_s);
        settings.sync();
        installLightTheme();
        m_program = std::make_unique<Program>(m_sandbox.state());
        QVERIFY(QTest::qWaitForWindowExposed(&window()));
    }

    /// After each test.
    void tidy()
    {
        if (QTest::currentTestFailed() && m_program) {
            shot(&window(), u"failed-"_s + QString::fromLatin1(QTest::currentTestFunction()));
            while (QDialog* dialog = dialogOf(&window()))
                dialog->reject();
        }
    }

    void end()
    {
        m_program.reset();
        QVERIFY(m_sandbox.run({u"down"_s, u"--purge"_s}));
    }

    widgets::MainWindow& window() { return m_program->window(); }
    widgets::ClustersTree* tree() { return window().clustersPane()->view(); }
    QAbstractItemView* plan() { return visible<QAbstractItemView>(window().backupPage(), u"plan"_s); }

    QModelIndex inTree(const QStringList& path)
    {
        const QModelIndex index = rowAt(tree()->model(), path);
        for (QModelIndex at = index.parent(); at.isValid(); at = at.parent())
            tree()->expand(at);
        if (index.isValid())
            tree()->scrollTo(index);
        return index;
    }

    models::RunState* lastRun()
    {
        const auto running = m_program->runs().running();
        return running.isEmpty() ? nullptr : running.last();
    }

    static bool ended(models::RunState* run) { return run->phase() == models::RunState::Phase::Ended; }

    static QString why(models::RunState* run)
    {
        const auto& outcome = run->outcome();
        return !outcome ? u"no outcome"_s : u"state %1, step %2: %3"_s.arg(int(outcome->state)).arg(outcome->failedStep, outcome->error ? outcome->error->message + u' ' + outcome->error->detail : QString{});
    }

    Sandbox m_sandbox;
    std::unique_ptr<Program> m_program;
};

template <class Test>
int runOnSandbox(int argc, char* argv[])
{
    QApplication application(argc, argv);
    widgets::installTexts(application);
    Test test;
    return QTest::qExec(&test, argc, argv);
}

} // namespace scalekeep::test
