#include "widgets/restore/componentsstep.h"

#include "models/common/format.h"
#include "widgets/common/delegates.h"
#include "widgets/common/theme.h"

#include <QButtonGroup>
#include <QFileDialog>
#include <QHeaderView>
#include <QScrollArea>
#include <QSplitter>
#include <QVBoxLayout>

namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;

namespace {
QLabel* heading(const QString& text, QWidget* parent)
{
    auto* label = new QLabel(text, parent);
    QFont font = label->font();
    font.setBold(true);
    label->setFont(font);
    return label;
}

QLabel* explanation(const QString& text, QWidget* parent)
{
    auto* label = new QLabel(text, parent);
    label->setFont(theme::smallFont());
    label->setForegroundRole(QPalette::PlaceholderText);
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    label->setContentsMargins(24, 0, 0, 0);
    return label;
}
} // namespace

ComponentsStep::ComponentsStep(models::RestoreSession& session, QWidget* parent) : QWidget(parent), m_session(session)
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(16, 12, 16, 12);
    auto* splitter = new QSplitter(this);
    splitter->setObjectName(u"restoreComponentsSplitter"_s);
    splitter->setChildrenCollapsible(false);
    splitter->setHandleWidth(12);
    layout->addWidget(splitter);

    m_list = new Panel(tr("Components of the bundle"), splitter);
    auto* all = makeButton(tr("All"), {}, ButtonKind::Flat, m_list);
    all->setObjectName(u"chooseAll"_s);
    all->setToolTip(tr("Restore everything that the bundle holds"));
    auto* none = makeButton(tr("None"), {}, ButtonKind::Flat, m_list);
    none->setObjectName(u"chooseNone"_s);
    none->setToolTip(tr("Start from an empty choice"));
    connect(all, &QPushButton::clicked, this, [this] { m_session.components()->choose(m_session.components()->available()); });
    connect(none, &QPushButton::clicked, this, [this] { m_session.components()->choose({}); });
    m_list->tools()->addWidget(all);
    m_list->tools()->addWidget(none);
    m_view = new QTreeView(m_list);
    m_view->setObjectName(u"restoreComponents"_s);
    m_view->setAccessibleName(tr("Components to restore"));
    m_view->setRootIsDecorated(false);
    m_view->setUniformRowHeights(true);
    m_view->setFrameShape(QFrame::NoFrame);
    m_view->setItemDelegate(new RowDelegate(m_view));
    m_view->setModel(session.components());
    m_view->header()->setObjectName(u"restoreComponentsHeader"_s);
    m_view->header()->resizeSection(0, 150);
    m_view->header()->resizeSection(1, 72);
    m_view->header()->resizeSection(2, 168);
    EmptyState::over(m_view, u"bundle"_s, tr("No bundle is open"), tr("Choose a bundle first; its components appear here."));
    m_list->body()->addWidget(m_view, 1);
    m_notes = new QLabel(m_list);
    m_notes->setObjectName(u"restoreNotes"_s);
    m_notes->setTextFormat(Qt::PlainText);
    m_notes->setWordWrap(true);
    m_notes->setMargin(8);
    m_notes->setFont(theme::smallFont());
    m_list->body()->addWidget(m_notes);
    splitter->addWidget(m_list);

    splitter->addWidget(makeOptions());
    splitter->setStretchFactor(0, 1);
    splitter->setSizes({540, 320});
}

QWidget* ComponentsStep::makeOptions()
{
    auto* panel = new Panel(tr("Options"), this);
    auto* scroll = new QScrollArea(panel);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setFocusPolicy(Qt::NoFocus);
    auto* body = new QWidget(scroll);
    body->setBackgroundRole(QPalette::Base);
    auto* layout = new QVBoxLayout(body);
    layout->setContentsMargins(12, 10, 12, 10);
    layout->setSpacing(4);

    layout->addWidget(heading(tr("Queues of background jobs in Redis"), body));
    auto* queues = new QButtonGroup(body);
    m_asDocumented = new QRadioButton(tr("Restored as documented"), body);
    m_asDocumented->setObjectName(u"queuesDocumented"_s);
    m_emptied = new QRadioButton(tr("Emptied"), body);
    m_emptied->setObjectName(u"queuesEmptied"_s);
    queues->addButton(m_asDocumented);
    queues->addButton(m_emptied);
    layout->addWidget(m_asDocumented);
    layout->addWidget(explanation(tr("Section 6.6.6. Jobs that ran after the backup may run a second time."), body));
    layout->addWidget(m_emptied);
    layout->addWidget(explanation(tr("No job runs twice; jobs that were waiting at the time of the backup are lost. The live queues are never merged in."), body));
    connect(m_emptied, &QRadioButton::toggled, &m_session, &models::RestoreSession::setEmptyQueues);
    layout->addSpacing(10);

    layout->addWidget(heading(tr("Way of loading Redis"), body));
    auto* methods = new QButtonGroup(body);
    m_helper = new QRadioButton(tr("Helper pod on the volume"), body);
    m_helper->setObjectName(u"redisHelper"_s);
    m_documented = new QRadioButton(tr("As documented, by redis-config"), body);
    m_documented->setObjectName(u"redisDocumented"_s);
    methods->addButton(m_helper);
    methods->addButton(m_documented);
    layout->addWidget(m_helper);
    layout->addWidget(explanation(tr("Safe: nothing is copied under a running server."), body));
    layout->addWidget(m_documented);
    layout->addWidget(explanation(tr("Section 6.6.7. Edits the shared ConfigMap and rolls out three times; refused on Redis 6.2 and later."), body));
    connect(m_documented, &QRadioButton::toggled, &m_session, &models::RestoreSession::setDocumentedRedis);
    layout->addSpacing(10);

    layout->addWidget(heading(tr("Safety bundle"), body));
    m_safety = new QCheckBox(tr("Back up first what is overwritten"), body);
    m_safety->setObjectName(u"safety"_s);
    m_safety->setToolTip(tr("What is taken back after a failure, or by an undo, comes from it"));
    m_reason = new QLineEdit(body);
    m_reason->setObjectName(u"safetyReason"_s);
    m_reason->setPlaceholderText(tr("Reason, kept in the journal"));
    m_reason->setAccessibleName(tr("Reason for going without a safety bundle"));
    m_reason->setToolTip(tr("Without a safety bundle, what is overwritten cannot be brought back"));
    m_reason->setMaxLength(500);
    connect(m_safety, &QCheckBox::toggled, this, [this](bool on) {
        m_session.setSafety(on);
        if (!on)
            m_reason->setFocus();
    });
    connect(m_reason, &QLineEdit::textChanged, &m_session, &models::RestoreSession::setReason);
    layout->addWidget(m_safety);
    layout->addWidget(m_reason);
    layout->addSpacing(10);

    layout->addWidget(heading(tr("3scale template"), body));
    auto* row = new QHBoxLayout;
    m_template = new QLineEdit(body);
    m_template->setObjectName(u"templateFile"_s);
    m_template->setPlaceholderText(tr("None"));
    m_template->setAccessibleName(tr("Template file"));
    m_template->setToolTip(tr("Template-based installations: objects that are missing are made from this file (section 6.6.1)"));
    connect(m_template, &QLineEdit::editingFinished, this, [this] { m_session.setTemplateFile(m_template->text()); });
    auto* browse = makeToolButton(u"folder"_s, tr("Choose a template file…"), body);
    connect(browse, &QToolButton::clicked, this, [this] {
        auto* dialog = new QFileDialog(this, tr("3scale template"), {}, tr("Templates (*.yml *.yaml *.json);;All files (*)"));
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        dialog->setFileMode(QFileDialog::ExistingFile);
        connect(dialog, &QFileDialog::fileSelected, &m_session, &models::RestoreSession::setTemplateFile);
        dialog->open();
    });
    row->addWidget(m_template, 1);
    row->addWidget(browse);
    layout->addLayout(row);
    auto* template_ = explanation(tr("For what the bundle lacks. The namespace may be empty."), body);
    template_->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(template_);
    layout->addStretch(1);
    scroll->setWidget(body);
    panel->body()->addWidget(scroll);
    panel->setMinimumWidth(270);
    return panel;
}

void ComponentsStep::update()
{
    const restore::Options& options = m_session.options();
    const auto set = [](QAbstractButton* button, bool on) {
        const QSignalBlocker blocker(button);
        button->setChecked(on);
    };
    set(options.emptyQueues ? m_emptied : m_asDocumented, true);
    set(options.documentedRedis ? m_documented : m_helper, true);
    set(m_safety, m_session.safety());
    m_reason->setVisible(!m_session.safety());
    if (!m_template->hasFocus() || m_template->text().isEmpty())
        m_template->setText(options.templateFile);
    const QStringList chosen = m_session.components()->chosen(), available = m_session.components()->available();
    m_list->setTitle(tr("Components of the bundle"), tr("%1 of %2 chosen, %3").arg(chosen.size()).arg(available.size()).arg(models::formatBytes(m_session.components()->chosenBytes())));
    const QStringList notes = m_session.components()->notes(options.emptyQueues);
    m_notes->setText(notes.join(u"\n"_s));
    m_notes->setVisible(!notes.isEmpty());
}

} // namespace scalekeep::widgets
