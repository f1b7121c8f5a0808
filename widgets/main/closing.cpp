#include "models/backup/backupqueue.h"
#include "models/run/runstate.h"
#include "widgets/main/mainwindow.h"

#include <QCloseEvent>

namespace scalekeep::widgets {

/// Closing during a run asks, and never leaves a cluster half changed without saying so.
void MainWindow::closeEvent(QCloseEvent* event)
{
    if (m_runHub.running().isEmpty()) {
        saveWindow();
        event->accept();
        return;
    }
    event->ignore();
    if (!m_closing)
        askBeforeClosing();
}

void MainWindow::askBeforeClosing()
{
    QStringList lines;
    const auto running = m_runHub.running();
    for (const models::RunState* run : running) {
        const QStringList undo = run->undoable();
        QString line = tr("%1 is running, %2 % done.").arg(run->title()).arg(run->percent());
        const bool keeps = run->fold().undoable(true).size() > undo.size();
        if (undo.isEmpty() && !keeps)
            line += QChar(u' ') + tr("It has changed nothing in the cluster.");
        else if (undo.isEmpty())
            line += QChar(u' ') + tr("Nothing was begun since the last proven store.");
        else {
            line += QChar(u' ') + (undo.size() == 1 ? tr("1 change will be undone first:") : tr("%1 changes will be undone first, the last one first:").arg(undo.size()));
            for (const QString& id : undo) {
                const plan::Step* step = run->plan().step(id);
                line += QStringLiteral("\n    ") + (step ? step->title : id);
            }
        }
        if (keeps)
            line += QChar(u'\n') + tr("What is proven stays; the writers then stay stopped, and you resume or undo.");
        lines.append(line);
    }
    lines.append(tr("The window stays until that is done and checked; where something is then left to resume or undo, it stays open."));
    ask(this, tr("Cancel what runs and close?"), lines.join(QStringLiteral("\n\n")), tr("Cancel run and close"), ButtonKind::Danger, [this] {
        m_closing = true;
        m_log.add(models::ProgramLog::Level::Warning, {}, tr("Closing: runs are cancelled, and what was begun since the last proven store is taken back first."));
        showPage(Runs);
        m_queue->cancelWaiting();
        const auto left = m_runHub.running();
        for (models::RunState* run : left)
            run->cancel();
        if (left.isEmpty())
            close();
    }, tr("Keep running"));
}

} // namespace scalekeep::widgets
