#include "widgets/restore/checkstep.h"

#include "models/common/format.h"
#include "models/restore/restoretext.h"
#include "widgets/common/delegates.h"
#include "widgets/common/theme.h"
#include "widgets/restore/checkdelegate.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHeaderView>
#include <QVBoxLayout>

namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;
using State = run::Check::State;

CheckStep::CheckStep(models::RestoreSession& session, QWidget* parent) : QWidget(parent), m_session(session)
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(16, 8, 16, 0);
    m_splitter = new QSplitter(this);
    m_splitter->setObjectName(u"restoreCheckSplitter"_s);
    m_splitter->setChildrenCollapsible(false);
    m_splitter->setHandleWidth(12);
    m_splitter->addWidget(makeChecks());
    m_splitter->addWidget(makeTabs());
    m_splitter->setStretchFactor(1, 1);
    m_splitter->setSizes({364, 484});
    layout->addWidget(m_splitter);
}

QWidget* CheckStep::makeChecks()
{
    m_checksPanel = new Panel(tr("Checks"), this);
    m_counts = new QLabel(m_checksPanel);
    m_counts->setObjectName(u"checkCounts"_s);
    m_counts->setFont(theme::smallFont());
    m_ring = new GlyphLabel({}, 16, m_checksPanel);
    m_checksPanel->tools()->addWidget(m_counts);
    m_checksPanel->tools()->addWidget(m_ring);
    m_checks = new QListView(m_checksPanel);
    m_checks->setObjectName(u"checks"_s);
    m_checks->setAccessibleName(tr("Checks"));
    m_checks->setFrameShape(QFrame::NoFrame);
    m_checks->setResizeMode(QListView::Adjust);
    m_checks->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_checks->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_checks->setItemDelegate(new CheckDelegate(m_checks));
    m_checks->setModel(m_session.checks());
    m_checks->setMinimumHeight(60);
    m_emptyChecks = EmptyState::over(m_checks, u"verify"_s, tr("Not checked yet"), tr("Press F5 to check."));
    m_checksPanel->body()->addWidget(m_checks, 1);
    auto* foot = new QWidget(m_checksPanel);
    auto* row = new QHBoxLayout(foot);
    row->setContentsMargins(4, 2, 4, 2);
    m_again = makeButton(tr("Check again"), u"refresh"_s, ButtonKind::Flat, foot);
    m_again->setObjectName(u"checkAgain"_s);
    m_again->setToolTip(tr("Read the namespace and check again (F5)"));
    auto* copy = makeButton(tr("Copy as text"), u"copy"_s, ButtonKind::Flat, foot);
    copy->setObjectName(u"copyChecks"_s);
    copy->setToolTip(tr("Copy all checks as text (Ctrl+Shift+C)"));
    connect(m_again, &QPushButton::clicked, &m_session, &models::RestoreSession::check);
    connect(copy, &QPushButton::clicked, this, [this] { QGuiApplication::clipboard()->setText(m_session.checks()->asText()); });
    m_lock = makeButton(tr("Lock…"), u"lock"_s, ButtonKind::Flat, foot);
    m_lock->setObjectName(u"checkLock"_s);
    m_lock->setToolTip(tr("Who holds the namespace, and what a lost run has left there"));
    m_lock->hide();
    connect(m_lock, &QPushButton::clicked, this, &CheckStep::lockWanted);
    row->addWidget(m_again);
    row->addWidget(m_lock);
    row->addStretch(1);
    row->addWidget(copy);
    m_checksPanel->body()->addWidget(foot);
    m_checksPanel->setMinimumWidth(250);
    return m_checksPanel;
}

QWidget* CheckStep::makeTabs()
{
    auto* panel = new Panel({}, this);
    m_tabs = new QTabWidget(panel);
    m_tabs->setObjectName(u"restoreTabs"_s);
    m_tabs->setDocumentMode(true);
    m_tabs->setAccessibleName(tr("What will change, commands, back-out"));

    m_changes = new QTreeView(m_tabs);
    m_changes->setObjectName(u"restoreChanges"_s);
    m_changes->setAccessibleName(tr("What will change"));
    m_changes->setFrameShape(QFrame::NoFrame);
    m_changes->setUniformRowHeights(true);
    m_changes->setIndentation(16);
    m_changes->setItemDelegate(new RowDelegate(m_changes));
    m_changes->setModel(m_session.changes());
    m_changes->setMinimumHeight(60);
    QHeaderView* header = m_changes->header();
    header->setObjectName(u"restoreChangesHeader"_s);
    header->setStretchLastSection(false);
    header->setSectionResizeMode(0, QHeaderView::Stretch);
    for (const auto& [section, width] : {std::pair{1, 64}, {2, 86}, {3, 118}})
        header->resizeSection(section, std::max(width, header->sectionSizeHint(section)));
    m_emptyChanges = EmptyState::over(m_changes, u"compare"_s, tr("Nothing to show yet"), tr("What will change is worked out together with the checks."));
    m_tabs->addTab(m_changes, tr("What will change"));

    m_commands = new CommandView(m_tabs);
    m_commands->setObjectName(u"restoreCommands"_s);
    m_commands->setAccessibleName(tr("Commands of the restore"));
    m_tabs->addTab(m_commands, tr("Commands"));
    m_backOut = new CommandView(m_tabs);
    m_backOut->setObjectName(u"restoreBackOut"_s);
    m_backOut->setAccessibleName(tr("What takes each change back"));
    m_backOut->setLineWrapMode(QPlainTextEdit::WidgetWidth);
    m_tabs->addTab(m_backOut, tr("Back-out"));
    panel->body()->addWidget(m_tabs, 1);

    m_asOf = new ElidedLabel({}, Qt::ElideRight, panel);
    m_asOf->setTextFormat(Qt::PlainText);
    m_asOf->setFont(theme::smallFont());
    m_asOf->setForegroundRole(QPalette::PlaceholderText);
    m_asOf->setContentsMargins(10, 8, 10, 8);
    panel->body()->addWidget(m_asOf);
    panel->setMinimumWidth(300);
    return panel;
}

void CheckStep::update()
{
    const models::ChecksModel& model = *m_session.checks();
    const bool checking = m_session.checking();
    m_ring->setGlyph(checking ? u"running"_s : QString{});
    QStringList counts;
    const int failed = model.count(State::Failed), warnings = model.count(State::Warning), passed = model.count(State::Passed);
    const auto colored = [](const QString& text, Token token) { return u"<span style='color:%1'>%2</span>"_s.arg(theme::color(token).name(), text.toHtmlEscaped()); };
    if (failed > 0)
        counts.append(colored(tr("%1 failed").arg(failed), Token::Err));
    if (passed > 0)
        counts.append(colored(tr("%1 passed").arg(passed), Token::Ok));
    if (warnings > 0)
        counts.append(colored(warnings == 1 ? tr("1 warning") : tr("%1 warnings").arg(warnings), Token::Warn));
    m_counts->setText(checking ? tr("checking…") : counts.join(u" · "_s));
    m_again->setEnabled(!checking);
    m_lock->setVisible(!checking && m_session.locked());
    m_emptyChecks->set(checking ? tr("Checking %1…").arg(m_session.target() ? m_session.target()->title() : QString{}) : m_session.checkError() ? tr("The checks could not run") : tr("Not checked yet"),
                       checking ? tr("Every byte of the bundle is read, and the namespace and its pods are looked at. Nothing is changed.") : m_session.checkError() ? m_session.checkError()->message : tr("Press F5 to check."));
    m_emptyChanges->set(checking ? tr("Comparing…") : tr("Nothing to show yet"),
                        checking && !m_session.countingText().isEmpty() ? tr("Counted what is there now: %1.").arg(m_session.countingText()) : tr("What will change is worked out together with the checks."));

    const models::Preparation* made = m_session.preparation();
    if (made != m_shown) {
        m_shown = made;
        m_commands->setPlainText(made ? models::planAsText(made->plan) : QString{});
        m_backOut->setPlainText(made ? models::backOutAsText(made->plan) : QString{});
        m_tabs->setTabText(1, made ? tr("Commands (%1)").arg(models::commandCount(made->plan)) : tr("Commands"));
    }
    m_asOf->setText(made ? tr("Compared with %1 as of %2").arg(m_session.target()->title(), models::formatExact(made->at)) : QString{});
}

void CheckStep::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && m_asOf)
        update(); // the counts are coloured in their text
}

void CheckStep::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    // One under the other where the names of what changes would have no room side by side.
    const Qt::Orientation wanted = width() < 780 ? Qt::Vertical : Qt::Horizontal;
    if (wanted == m_splitter->orientation())
        return;
    m_splitter->setOrientation(wanted);
    m_splitter->setSizes(wanted == Qt::Vertical ? QList<int>{150, 190} : QList<int>{364, 484});
}

void CheckStep::copyAsText()
{
    QString text = m_session.checks()->asText();
    if (m_changes->hasFocus())
        text = m_session.changes()->asText();
    else if (m_commands->hasFocus())
        text = m_commands->toPlainText();
    else if (m_backOut->hasFocus())
        text = m_backOut->toPlainText();
    QGuiApplication::clipboard()->setText(text);
}

} // namespace scalekeep::widgets
