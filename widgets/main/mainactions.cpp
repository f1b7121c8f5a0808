#include "widgets/backup/backuppage.h"
#include "widgets/bundles/bundlespage.h"
#include "widgets/clusters/clusterspane.h"
#include "widgets/clusters/clusterstree.h"
#include "widgets/main/helpdialog.h"
#include "widgets/main/programlogpane.h"
#include "widgets/main/mainwindow.h"
#include "widgets/main/modebar.h"
#include "widgets/main/settingsdialog.h"
#include "widgets/restore/restorepage.h"
#include "widgets/run/runspage.h"

#include <QAbstractItemView>
#include <QApplication>
#include <QDockWidget>
#include <QMenuBar>
#include <QMessageBox>
#include <QSystemTrayIcon>
#include <QTableView>

namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;

/// The menus name what pages and panes can do; their own actions stand in the menu of their subject.
void MainWindow::makeMenus()
{
    const auto add = [this](QMenu* menu, const QString& text, const QKeySequence& key, auto slot) {
        QAction* action = menu->addAction(text);
        action->setShortcut(key);
        connect(action, &QAction::triggered, this, slot);
        return action;
    };
    QMenu* file = menuBar()->addMenu(tr("&File"));
    add(file, tr("&Add cluster…"), QKeySequence(Qt::CTRL | Qt::Key_N), [this] { m_clustersPane->addCluster(); });
    add(file, tr("&Open bundle…"), QKeySequence::Open, [this] {
        showPage(Bundles);
        m_bundles->chooseBundle();
    });
    file->addAction(m_backup->saveAction());
    file->addSeparator();
    add(file, tr("&Close"), QKeySequence::Quit, [this] { close(); });

    QMenu* edit = menuBar()->addMenu(tr("&Edit"));
    edit->addAction(m_backup->undoAction());
    edit->addAction(m_backup->redoAction());
    edit->addSeparator();
    add(edit, tr("Copy as &text"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_C), [this] { copyAsText(); });
    add(edit, tr("&Filter or search"), QKeySequence::Find, [this] { find(); });
    edit->addSeparator();
    add(edit, tr("&Next difference or problem"), QKeySequence(Qt::Key_F8), [this] { page()->nextProblem(true); });
    add(edit, tr("&Previous difference or problem"), QKeySequence(Qt::SHIFT | Qt::Key_F8), [this] { page()->nextProblem(false); });

    QMenu* cluster = menuBar()->addMenu(tr("&Cluster"));
    add(cluster, tr("&Refresh"), QKeySequence(Qt::Key_F5), [this] { refresh(); });
    cluster->addSeparator();
    cluster->addActions(m_clustersPane->actions());

    QMenu* bundle = menuBar()->addMenu(tr("&Bundle"));
    add(bundle, tr("&Show bundles"), {}, [this] { showPage(Bundles); });
    bundle->addSeparator();
    bundle->addActions(m_bundles->bundleActions());

    QMenu* run = menuBar()->addMenu(tr("&Run"));
    add(run, tr("&Main button of the page"), QKeySequence(Qt::CTRL | Qt::Key_Return), [this] {
        if (QAbstractButton* button = page()->mainButton(); button && button->isEnabled() && button->isVisible())
            button->click();
    });
    add(run, tr("Show &runs"), {}, [this] { showPage(Runs); });
    run->addActions(m_runs->actions());

    QMenu* view = menuBar()->addMenu(tr("&View"));
    view->addActions(m_pageActions);
    view->addSeparator();
    add(view, tr("Show or hide &clusters"), QKeySequence(Qt::Key_F9), [this] { m_clustersDock->setHidden(!m_clustersDock->isHidden()); });
    add(view, tr("Show or hide the &log"), QKeySequence(Qt::CTRL | Qt::Key_L), [this] { m_logDock->setHidden(!m_logDock->isHidden()); });
    view->addSeparator();
    add(view, tr("&Next pane"), QKeySequence(Qt::Key_F6), [this] { cyclePanes(true); });
    add(view, tr("&Previous pane"), QKeySequence(Qt::SHIFT | Qt::Key_F6), [this] { cyclePanes(false); });

    QMenu* help = menuBar()->addMenu(tr("&Help"));
    add(help, tr("&Help"), QKeySequence(QKeySequence::HelpContents), [this] {
        auto* dialog = findChild<HelpDialog*>();
        if (!dialog)
            dialog = new HelpDialog(this);
        dialog->show();
        dialog->raise();
        dialog->activateWindow();
        dialog->showTopic(m_pageActions[currentPage()]->text());
    });
    add(help, tr("&About Scalekeep"), {}, [this] {
        QMessageBox::about(this, tr("About Scalekeep"), tr("<b>Scalekeep %1</b><p>Backup and restore of Red Hat 3scale API Management on OpenShift. Everything goes through the oc client; nothing is installed in the cluster.</p><p>Apache License 2.0.</p>").arg(QStringLiteral(SCALEKEEP_VERSION)));
    });
}

bool MainWindow::focusIn(const QWidget* pane) const
{
    const QWidget* focus = QApplication::focusWidget();
    return focus && (focus == pane || pane->isAncestorOf(focus));
}

void MainWindow::find()
{
    SearchField* field = focusIn(m_clustersPane) ? m_clustersPane->filter() : focusIn(m_logPane) ? m_logPane->filter() : page()->filter();
    if (!field && !m_clustersDock->isHidden())
        field = m_clustersPane->filter();
    if (field) {
        field->setFocus(Qt::ShortcutFocusReason);
        field->selectAll();
    }
}

void MainWindow::refresh()
{
    if (focusIn(m_clustersPane))
        m_clusters.refresh();
    else
        page()->refresh();
}

void MainWindow::copyAsText()
{
    if (auto* view = qobject_cast<QAbstractItemView*>(QApplication::focusWidget()))
        copyRows(view);
    else
        page()->copyAsText();
}

void MainWindow::cyclePanes(bool forward)
{
    QList<QWidget*> panes;
    if (!m_clustersDock->isHidden())
        panes.append(m_clustersPane->view());
    const auto inPage = page()->findChildren<QWidget*>();
    for (QWidget* each : inPage) {
        if (each->isVisible() && each->isEnabled() && each->focusPolicy() != Qt::NoFocus && (qobject_cast<QAbstractItemView*>(each) || qobject_cast<CommandView*>(each)))
            panes.append(each);
    }
    if (QAbstractButton* main = page()->mainButton(); main && main->isVisible() && main->isEnabled())
        panes.append(main);
    if (!m_logDock->isHidden())
        panes.append(m_logPane->view());
    if (panes.isEmpty())
        return;
    qsizetype now = -1;
    for (qsizetype i = 0; i < panes.size(); ++i) {
        if (focusIn(panes[i]))
            now = i;
    }
    const qsizetype next = now < 0 ? 0 : (now + (forward ? 1 : panes.size() - 1)) % panes.size();
    panes[next]->setFocus(forward ? Qt::TabFocusReason : Qt::BacktabFocusReason);
}

void MainWindow::changeEvent(QEvent* event)
{
    QMainWindow::changeEvent(event);
    if (event->type() == QEvent::ActivationChange && isActiveWindow() && m_tray)
        m_tray->hide();
}

} // namespace scalekeep::widgets
