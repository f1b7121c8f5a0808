#pragma once

#include "desk.h"
#include "tests/widgets/common/testtheme.h"

#include <QAction>
#include <QPointer>
#include <QTemporaryDir>

#include <algorithm>
#include <memory>

namespace scalekeep::test {

/// What the tests of the whole window have in common: a desk of its own for each, and the keyboard.
class OnDesk : public QObject {
    QTemporaryDir m_user;

protected:
    static void press(Qt::Key key, Qt::KeyboardModifiers modifiers = {})
    {
        // To where the focus is, as from the keyboard.
        QWidget* at = QApplication::focusWidget();
        QTest::keyClick(at ? at : QApplication::activeWindow(), key, modifiers);
    }

    static QAction* actionOf(const QWidget& pane, const QString& name)
    {
        const auto actions = pane.actions();
        const auto found = std::find_if(actions.begin(), actions.end(), [&name](const QAction* each) { return each->objectName() == name; });
        return found == actions.end() ? nullptr : *found;
    }

    void setUp()
    {
        qputenv("HOME", m_user.path().toUtf8());
        qputenv("XDG_RUNTIME_DIR", m_user.path().toUtf8());
        qputenv("SCALEKEEP_OC", "/bin/false");
        qunsetenv("DBUS_SESSION_BUS_ADDRESS");
        installLightTheme();
    }

    /// After each test.
    void tidy()
    {
        qputenv("SCALEKEEP_OC", "/bin/false");
        if (!m_desk)
            return;
        while (QDialog* dialog = dialogOf(&window()))
            closeDialog(dialog);
        m_desk.reset();
    }

    bool start(bool filled)
    {
        m_desk = std::make_unique<Desk>();
        if (filled) {
            m_desk->writeBundles();
            if (!m_desk->runBefore())
                return false;
        }
        m_desk->start();
        if (filled)
            m_desk->putClusters();
        return activate();
    }

    bool activate()
    {
        window().activateWindow();
        return QTest::qWaitForWindowActive(&window());
    }

    void closeDialog(QDialog* dialog)
    {
        const QPointer<QDialog> gone = dialog;
        dialog->reject();
        (void)QTest::qWaitFor([&] { return !gone || !gone->isVisible(); }, 2'000);
        (void)activate();
    }

    bool planAll()
    {
        window().showPage(widgets::MainWindow::Backup);
        const QModelIndex whole = rowAt(m_desk->tree()->model(), {u"north"_s, u"threescale"_s});
        m_desk->tree()->setCurrentIndex(whole);
        m_desk->tree()->setFocus();
        QTest::keyClick(m_desk->tree(), Qt::Key_Return);
        auto* plan = visible<QAbstractItemView>(window().backupPage(), u"plan"_s);
        return plan && QTest::qWaitFor([plan] { return row(plan->model(), u"system-mysql"_s).isValid(); }, 5'000);
    }

    widgets::MainWindow& window() { return m_desk->window(); }

    std::unique_ptr<Desk> m_desk;
};

} // namespace scalekeep::test
