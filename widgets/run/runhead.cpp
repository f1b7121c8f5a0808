#include "widgets/run/runhead.h"

#include "models/common/format.h"
#include "models/run/runreport.h"
#include "models/run/runtexts.h"
#include "widgets/common/icons.h"
#include "widgets/common/theme.h"

#include <QHBoxLayout>
#include <QVBoxLayout>

namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;
using models::RunState;

RunHead::RunHead(QWidget* parent) : QFrame(parent)
{
    setObjectName(u"runHead"_s);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(16, 8, 16, 8);
    layout->setSpacing(6);

    m_left = new QHBoxLayout;
    m_title = new QLabel;
    m_title->setTextFormat(Qt::PlainText);
    m_title->setFont(theme::titleFont());
    m_chip = new Chip;
    m_chip->hide();
    m_by = new ElidedLabel;
    m_by->setTextFormat(Qt::PlainText);
    m_by->setForegroundRole(QPalette::PlaceholderText);
    m_pause = makeButton(tr("Pause before next step"), u"pause"_s);
    m_pause->setToolTip(tr("What runs goes on to its end; nothing new is begun until you continue."));
    m_cancel = makeButton(tr("Cancel…"), u"stop"_s);
    m_cancel->setToolTip(tr("Stops the run and takes back what was begun since the last proven store. Asks first."));
    m_show = makeButton(tr("Show in Bundles"), u"bundle"_s);
    m_show->setToolTip(tr("Opens the finished bundle in the library."));
    m_export = makeButton(tr("Export record…"), u"export"_s);
    m_export->setObjectName(u"exportRecord"_s);
    m_export->setToolTip(tr("The record of this run for a change board: who, what, when, every command, and the proof."));
    auto* first = new QHBoxLayout;
    first->setSpacing(8);
    first->addLayout(m_left);
    first->addWidget(m_title);
    first->addWidget(m_chip);
    first->addWidget(m_by, 1);
    first->addWidget(m_export);
    first->addWidget(m_show);
    first->addWidget(m_pause);
    first->addWidget(m_cancel);
    layout->addLayout(first);

    m_barRow = new QWidget;
    auto* second = new QHBoxLayout(m_barRow);
    second->setContentsMargins(0, 0, 0, 0);
    second->setSpacing(16);
    m_bar = new ThinProgress;
    m_bar->setAccessibleName(tr("Progress of the run"));
    m_figures = new QLabel;
    m_figures->setTextFormat(Qt::RichText); // our own figures only
    second->addWidget(m_bar, 1);
    second->addWidget(m_figures);
    layout->addWidget(m_barRow);

    auto* third = new QHBoxLayout;
    third->setSpacing(6);
    m_glyph = new GlyphLabel;
    m_glyph->hide();
    m_line = new ElidedLabel({}, Qt::ElideMiddle);
    m_line->setTextFormat(Qt::PlainText);
    m_line->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_line->setFont(theme::smallFont());
    third->addWidget(m_glyph);
    third->addWidget(m_line, 1);
    layout->addLayout(third);

    connect(m_pause, &QPushButton::clicked, this, [this] {
        if (m_run)
            m_run->pause(!m_run->holding());
    });
    connect(m_cancel, &QPushButton::clicked, this, &RunHead::askCancel);
    connect(m_export, &QPushButton::clicked, this, &RunHead::exportWanted);
    connect(m_show, &QPushButton::clicked, this, [this] {
        if (m_run)
            Q_EMIT showBundle(m_run->writesTo());
    });
}

void RunHead::setRun(RunState* run)
{
    if (m_run)
        m_run->disconnect(this);
    m_run = run;
    if (run) {
        connect(run, &RunState::progressed, this, &RunHead::update);
        connect(run, &RunState::phaseChanged, this, &RunHead::update);
        connect(run, &RunState::loaded, this, &RunHead::update);
    }
    update();
}

void RunHead::setChip(const QString& text, const QColor& colour)
{
    m_chip->set(text, colour);
}

void RunHead::update()
{
    if (!m_run)
        return;
    const RunState& run = *m_run;
    const bool live = run.live(), loading = run.phase() == RunState::Phase::Loading, undoing = run.phase() == RunState::Phase::Undoing;
    m_title->setText(run.plan().kind.isEmpty() ? tr("Run %1").arg(models::bounded(run.runId(), 60)) : models::bounded(run.title(), 100));
    if (run.started().isValid()) {
        const QString at = QDateTime::currentDateTimeUtc().date() == run.started().toUTC().date() ? run.started().toUTC().toString(u"HH:mm:ss"_s) + u" UTC"_s : models::formatExact(run.started());
        m_by->setText(run.operatorIdentity().isEmpty() ? tr("started %1").arg(at) : tr("started %1 by %2").arg(at, models::bounded(run.operatorIdentity(), 60)));
    } else {
        m_by->setText(loading ? tr("reading the journal") : QString{});
    }

    m_pause->setVisible(live && !undoing);
    m_cancel->setVisible(live && !undoing);
    m_cancel->setEnabled(run.phase() != RunState::Phase::Cancelling);
    m_pause->setEnabled(run.phase() != RunState::Phase::Cancelling);
    m_pause->setText(run.holding() ? tr("Continue") : tr("Pause before next step"));
    m_pause->setIcon(icon(run.holding() ? u"play"_s : u"pause"_s));
    const bool well = run.outcome() && run.outcome()->state == run::Outcome::State::Done && !run.outcome()->error;
    m_show->setVisible(!live && well && run.plan().kind == u"backup" && !run.writesTo().isEmpty());

    // Only what has ended, its undo included, has something to tell.
    m_export->setVisible(!live && run.phase() == RunState::Phase::Ended);
    m_export->setEnabled(!run.unreadable() && !run.elsewhere() && !run.runId().isEmpty());

    m_barRow->setVisible(live && !undoing);
    m_bar->setPercent(run.percent());
    QStringList figures{u"<b>%1</b>"_s.arg(tr("%1 %").arg(run.percent()))};
    if (run.bytesDone() > 0)
        figures.append(models::formatBytesOf(run.bytesDone(), run.bytesTotal()).toHtmlEscaped());
    if (run.rate() >= 0)
        figures.append(models::formatRate(run.rate()).toHtmlEscaped());
    if (run.millisecondsLeft() >= 0)
        figures.append(u"<b>%1</b>"_s.arg(tr("about %1 left").arg(models::formatDuration(run.millisecondsLeft())).toHtmlEscaped()));
    m_figures->setText(figures.join(u"&nbsp; · &nbsp;"_s));

    QString line;
    m_glyph->setVisible(!live && run.outcome().has_value());
    switch (run.phase()) {
    case RunState::Phase::Paused: line = tr("Paused. What is under way is done; Continue begins the next step."); break;
    case RunState::Phase::WaitingForLogin: line = tr("The login is no longer good. The run goes on by itself when you have logged in again."); break;
    case RunState::Phase::Cancelling: line = tr("Being cancelled: what runs is stopped, then changes are undone."); break;
    case RunState::Phase::Ended:
        line = models::endSentence(run);
        if (run.plan().kind == u"backup" && well && !run.writesTo().isEmpty())
            line = tr("Proven: %1").arg(run.writesTo());
        if (run.started().isValid() && run.finished().isValid())
            line += u"  "_s + tr("Took %1.").arg(models::formatDuration(run.started().msecsTo(run.finished())));
        if (!run.journal().isEmpty())
            line += u"  "_s + tr("Journal: %1").arg(run.journal());
        m_glyph->setGlyph(models::stateGlyph(run.stateName()));
        break;
    default:
        if (run.holding())
            line = tr("Will pause before the next step.");
        else if (!run.writesTo().isEmpty())
            line = run.written() >= 0 ? tr("Writing %1.partial, %2 so far").arg(run.writesTo(), models::formatBytes(run.written())) : tr("Writing %1.partial").arg(run.writesTo());
        break;
    }
    m_line->setText(line);
    m_line->setVisible(!line.isEmpty());
}

void RunHead::askCancel()
{
    if (!m_run)
        return;
    ask(this, tr("Cancel %1?").arg(models::bounded(m_run->title(), 100)), models::cancelText(*m_run), tr("Cancel the run"), ButtonKind::Danger, [run = m_run] {
        if (run)
            run->cancel();
    }, tr("Keep running"));
}

} // namespace scalekeep::widgets
