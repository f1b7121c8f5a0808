#include "widgets/run/stepdetail.h"

#include "models/common/format.h"
#include "models/run/runtexts.h"
#include "widgets/common/theme.h"

#include <QClipboard>
#include <QGridLayout>
#include <QGuiApplication>
#include <QScrollArea>

namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;
using models::RunState;
using models::StepState;

namespace {
enum Line { Documentation, Running, ExitStatus, Digest, EndMark, Undo, LineCount };
}

StepDetail::StepDetail(QWidget* parent) : Panel(tr("Step"), parent)
{
    m_copy = makeToolButton(u"copy"_s, tr("Copy the command"), this);
    tools()->addWidget(m_copy);
    auto* scroll = new QScrollArea;
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    auto* content = new QWidget;
    auto* layout = new QVBoxLayout(content);
    layout->setContentsMargins(12, 12, 12, 12);
    layout->setSpacing(8);
    m_command = new CommandView;
    m_command->setLineWrapMode(QPlainTextEdit::WidgetWidth); // the panel is narrow, and the whole command is what one looks for here
    m_command->setWordWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    m_command->setAccessibleName(tr("Exact command"));
    m_command->setMinimumHeight(5 * QFontMetrics(theme::fixedFont()).lineSpacing());
    layout->addWidget(m_command, 1);
    auto* grid = new QGridLayout;
    grid->setHorizontalSpacing(6);
    grid->setVerticalSpacing(4);
    grid->setColumnStretch(2, 1);
    for (int row = 0; row < LineCount; ++row) {
        auto* name = new QLabel;
        name->setForegroundRole(QPalette::PlaceholderText);
        name->setAlignment(Qt::AlignRight | Qt::AlignTop);
        auto* glyph = new GlyphLabel;
        auto* text = new QLabel;
        text->setTextFormat(Qt::PlainText);
        text->setWordWrap(true);
        text->setTextInteractionFlags(Qt::TextSelectableByMouse);
        grid->addWidget(name, row, 0);
        grid->addWidget(glyph, row, 1, Qt::AlignTop);
        grid->addWidget(text, row, 2);
        m_names.append(name);
        m_glyphs.append(glyph);
        m_texts.append(text);
    }
    layout->addLayout(grid);
    m_departure = new QLabel;
    m_departure->setTextFormat(Qt::PlainText);
    m_departure->setWordWrap(true);
    m_departure->setForegroundRole(QPalette::PlaceholderText);
    layout->addWidget(m_departure);
    scroll->setWidget(content);
    body()->addWidget(scroll);
    connect(m_copy, &QToolButton::clicked, this, [this] { QGuiApplication::clipboard()->setText(m_command->toPlainText()); });
    update();
}

void StepDetail::show(RunState* run, const QString& stepId)
{
    if (m_run != run) {
        if (m_run)
            m_run->disconnect(this);
        if (run)
            connect(run, &RunState::progressed, this, &StepDetail::update);
    }
    m_run = run;
    m_step = stepId;
    update();
}

void StepDetail::line(int row, const QString& name, const QString& text, const QString& glyph)
{
    m_names[row]->setVisible(!text.isEmpty());
    m_texts[row]->setVisible(!text.isEmpty());
    m_glyphs[row]->setVisible(!text.isEmpty() && !glyph.isEmpty());
    m_names[row]->setText(name);
    m_texts[row]->setText(text);
    m_glyphs[row]->setGlyph(glyph);
}

void StepDetail::update()
{
    const plan::Step* step = m_run ? m_run->plan().step(m_step) : nullptr;
    setTitle(step ? models::bounded(step->component.isEmpty() ? step->title : step->component, 60) : tr("Step"));
    m_copy->setEnabled(step);
    if (!step) {
        m_command->clear();
        m_command->setPlaceholderText(tr("Choose a step to see its command and what is known of it."));
        for (int row = 0; row < LineCount; ++row)
            line(row, {}, {});
        m_departure->clear();
        return;
    }
    const models::StepProgress progress = m_run->progress(m_step);
    // Before it runs: what the plan will run.
    const QString command = progress.command.isEmpty() ? step->commands.join(u'\n') : progress.command;
    if (m_command->toPlainText() != command)
        m_command->setPlainText(command);
    m_command->setPlaceholderText(tr("This step runs no command."));
    line(Documentation, tr("Documentation"), step->section.isEmpty() ? QString{} : step->departure.isEmpty() ? models::bounded(step->section, 60) : tr("%1, with a departure").arg(models::bounded(step->section, 60)));
    m_departure->setText(step->departure.isEmpty() ? QString{} : tr("Why it departs from the text: %1").arg(models::bounded(step->departure, 1'000)));
    m_departure->setVisible(!step->departure.isEmpty());

    const bool running = progress.state == StepState::Running;
    if (running && progress.started.isValid()) {
        QString text = models::formatDuration(progress.started.msecsTo(QDateTime::currentDateTimeUtc()));
        if (progress.unit != u"bytes" && progress.total > 0)
            text += u", "_s + models::stepText(progress);
        line(Running, tr("Running for"), text);
    } else if (progress.started.isValid() && progress.finished.isValid()) {
        line(Running, tr("Took"), models::formatDuration(progress.started.msecsTo(progress.finished)));
    } else {
        line(Running, {}, {});
    }

    const QString sha = progress.result[u"sha256"].toString(), mark = progress.result[u"endMark"].toString();
    const bool ended = progress.ended() && progress.started.isValid(), stream = progress.unit == u"bytes";
    if (progress.commandEnded && (ended || progress.exitCode != 0))
        line(ExitStatus, tr("Exit status"), QString::number(progress.exitCode), progress.exitCode == 0 ? u"proven"_s : u"failed"_s);
    else
        line(ExitStatus, tr("Exit status"), running && stream ? tr("when the stream ends") : QString{}, u"waiting"_s);
    if (!sha.isEmpty())
        line(Digest, tr("Size and SHA-256"), tr("equal: %1, %2…").arg(models::formatBytes(models::resultBytes(progress.result)), models::bounded(sha, 16).remove(u'…')), u"proven"_s);
    else
        line(Digest, tr("Size and SHA-256"), running && stream ? tr("compared with the pod's own") : QString{}, u"waiting"_s);
    if (!mark.isEmpty())
        line(EndMark, tr("End mark"), models::bounded(mark, 120), u"proven"_s);
    else
        line(EndMark, tr("End mark"), running && stream ? tr("looked for at the end") : QString{}, u"waiting"_s);
    line(Undo, tr("Undo"), step->changes ? models::bounded(step->undo, 300) : QString{});
}

} // namespace scalekeep::widgets
