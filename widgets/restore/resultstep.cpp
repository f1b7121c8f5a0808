#include "widgets/restore/resultstep.h"

#include "models/common/roles.h"
#include "widgets/common/delegates.h"
#include "widgets/common/theme.h"

#include <QClipboard>
#include <QDesktopServices>
#include <QFileInfo>
#include <QGuiApplication>
#include <QHeaderView>
#include <QUrl>
#include <QVBoxLayout>

namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;
using Step = models::RestoreSession::Step;

ResultStep::ResultStep(models::RestoreSession& session, QWidget* parent) : QWidget(parent), m_session(session)
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(16, 16, 16, 12);
    layout->setSpacing(12);
    auto* head = new QHBoxLayout;
    m_glyph = new GlyphLabel({}, 24, this);
    m_title = new QLabel(this);
    m_title->setObjectName(u"resultTitle"_s);
    m_title->setFont(theme::figureFont());
    m_title->setTextFormat(Qt::PlainText);
    m_title->setWordWrap(true);
    head->addWidget(m_glyph, 0, Qt::AlignTop);
    head->addWidget(m_title, 1);
    layout->addLayout(head);
    m_text = new QLabel(this);
    m_text->setTextFormat(Qt::PlainText);
    m_text->setWordWrap(true);
    layout->addWidget(m_text);
    m_next = new QLabel(this);
    m_next->setObjectName(u"resultNext"_s);
    m_next->setTextFormat(Qt::PlainText);
    m_next->setWordWrap(true);
    m_next->setTextInteractionFlags(Qt::TextSelectableByMouse);
    layout->addWidget(m_next);

    m_proven = new Panel(tr("Proven equal to the bundle"), this);
    m_rows = new QStandardItemModel(0, 2, this);
    m_rows->setHorizontalHeaderLabels({tr("Component"), tr("What was compared")});
    m_view = new QTreeView(m_proven);
    m_view->setObjectName(u"provenList"_s);
    m_view->setAccessibleName(tr("Proven components"));
    m_view->setRootIsDecorated(false);
    m_view->setUniformRowHeights(true);
    m_view->setFrameShape(QFrame::NoFrame);
    m_view->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_view->setItemDelegate(new RowDelegate(m_view));
    m_view->setModel(m_rows);
    m_view->header()->setObjectName(u"provenHeader"_s);
    m_view->header()->resizeSection(0, 240);
    m_proven->body()->addWidget(m_view);
    layout->addWidget(m_proven, 2);

    m_safety = new Panel(tr("Safety bundle"), this);
    auto* row = new QWidget(m_safety);
    auto* line = new QHBoxLayout(row);
    line->setContentsMargins(12, 6, 12, 6);
    m_safetyPath = new ElidedLabel({}, Qt::ElideMiddle, row);
    m_safetyPath->setObjectName(u"safetyPath"_s);
    m_safetyPath->setTextFormat(Qt::PlainText);
    auto* copyPath = makeButton(tr("Copy path"), u"copy"_s, ButtonKind::Plain, row);
    copyPath->setToolTip(tr("Copy the path of the safety bundle"));
    auto* show = makeButton(tr("Show in folder"), u"folder"_s, ButtonKind::Plain, row);
    show->setToolTip(tr("Open the folder of the safety bundle"));
    connect(copyPath, &QPushButton::clicked, this, [this] { QGuiApplication::clipboard()->setText(m_session.result().safetyBundle); });
    connect(show, &QPushButton::clicked, this, [this] { QDesktopServices::openUrl(QUrl::fromLocalFile(QFileInfo(m_session.result().safetyBundle).absolutePath())); });
    line->addWidget(m_safetyPath, 1);
    line->addWidget(copyPath);
    line->addWidget(show);
    m_safety->body()->addWidget(row);
    layout->addWidget(m_safety);

    m_detail = new CommandView(this);
    m_detail->setAccessibleName(tr("Details of the failure"));
    m_detail->setMaximumHeight(180);
    layout->addWidget(m_detail, 1);

    auto* buttons = new QHBoxLayout;
    auto* run = makeButton(tr("Show the run"), u"runs"_s, ButtonKind::Plain, this);
    run->setObjectName(u"showRun"_s);
    run->setToolTip(tr("Steps, timeline and log of this restore"));
    m_copy = makeButton(tr("Copy as text"), u"copy"_s, ButtonKind::Plain, this);
    m_copy->setToolTip(tr("Copy the result as text (Ctrl+Shift+C)"));
    m_another = makeButton(tr("Restore another bundle"), u"restore"_s, ButtonKind::Plain, this);
    m_another->setObjectName(u"restoreAnother"_s);
    m_another->setToolTip(tr("Begin again with the choice of a bundle"));
    connect(run, &QPushButton::clicked, this, &ResultStep::runWanted);
    connect(m_copy, &QPushButton::clicked, this, &ResultStep::copyAsText);
    connect(m_another, &QPushButton::clicked, this, &ResultStep::anotherWanted);
    buttons->addWidget(run);
    buttons->addWidget(m_copy);
    buttons->addWidget(m_another);
    buttons->addStretch(1);
    layout->addLayout(buttons);
    layout->addStretch(1);
}

void ResultStep::copyAsText()
{
    QGuiApplication::clipboard()->setText(models::asText(m_session.result()));
}

void ResultStep::update()
{
    const bool ended = m_session.step() == Step::Result;
    const models::RestoreResult& result = m_session.result();
    m_glyph->setGlyph(ended ? result.glyph : u"running"_s);
    const QString where = m_session.target() ? m_session.target()->title() : QString{};
    m_title->setText(ended ? result.title : tr("%1 is being restored").arg(where));
    m_text->setText(ended ? result.text : tr("Watch it on Runs, where it can be paused and cancelled. The result will be here."));
    m_text->setVisible(!m_text->text().isEmpty());
    QStringList next;
    for (const QString& each : result.nextSteps)
        next.append(u"•  "_s + each);
    m_next->setText(next.join(u'\n'));
    m_next->setVisible(ended && !next.isEmpty());
    m_rows->removeRows(0, m_rows->rowCount());
    for (const models::RestoreResult::Proven& each : result.proven) {
        auto* component = new QStandardItem(each.component);
        component->setData(u"proven"_s, models::role::Glyph);
        auto* what = new QStandardItem(each.what);
        what->setData(true, models::role::Dim);
        m_rows->appendRow({component, what});
    }
    m_proven->setVisible(ended && m_rows->rowCount() > 0);
    m_safetyPath->setText(result.safetyBundle);
    m_safety->setVisible(ended && !result.safetyBundle.isEmpty());
    m_detail->setPlainText(result.detail);
    m_detail->setVisible(ended && !result.detail.isEmpty());
    m_copy->setVisible(ended);
    m_another->setVisible(ended);
}

} // namespace scalekeep::widgets
