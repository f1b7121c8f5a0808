#include "widgets/run/lockdialog.h"

#include "models/common/format.h"
#include "models/run/runtexts.h"

#include <QCheckBox>
#include <QEvent>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QVBoxLayout>

#include <algorithm>
#include <utility>

namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;
using models::NamespaceLock;

namespace {
QLabel* words(QWidget* parent, const QString& name = {})
{
    auto* label = new QLabel(parent);
    label->setObjectName(name);
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    return label;
}
} // namespace

LockDialog::LockDialog(const models::Workplace& workplace, models::RunHub& runs, const models::NamespaceRef& where, bool readOnly, QWidget* parent)
    : QDialog(parent), m_lock(new NamespaceLock(workplace, runs, where, readOnly, this))
{
    setObjectName(u"lock"_s);
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowModality(Qt::WindowModal);
    setWindowTitle(tr("Lock of %1").arg(where.title()));
    setMinimumWidth(720);
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(0);
    m_banner = new Banner(this);
    m_banner->setObjectName(u"lockResult"_s);
    all->addWidget(m_banner);
    auto* body = new QVBoxLayout;
    body->setContentsMargins(20, 16, 20, 12);
    body->setSpacing(10);
    all->addLayout(body, 1);

    m_state = words(this, u"lockState"_s);
    QFont bold = m_state->font();
    bold.setWeight(QFont::DemiBold);
    m_state->setFont(bold);
    body->addWidget(m_state);
    m_facts = new QWidget(this);
    auto* facts = new QFormLayout(m_facts);
    facts->setContentsMargins(0, 0, 0, 0);
    facts->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    const auto fact = [this, facts](const QString& title, const QString& name) {
        QLabel* value = words(m_facts, name);
        facts->addRow(title, value);
        return value;
    };
    m_owner = fact(tr("Held by"), u"lockOwner"_s);
    m_host = fact(tr("On"), u"lockHost"_s);
    m_since = fact(tr("Since"), u"lockSince"_s);
    m_purpose = fact(tr("For"), u"lockPurpose"_s);
    m_run = fact(tr("Run"), u"lockRun"_s);
    m_halfLoaded = fact(tr("Half-loaded"), u"lockHalfLoaded"_s);
    m_loaded = fact(tr("Loaded already"), u"lockLoaded"_s);
    body->addWidget(m_facts);
    m_remedy = words(this, u"lockRemedy"_s);
    body->addWidget(m_remedy);
    m_rememberedLabel = new QLabel(tr("What it &remembers"), this);
    m_remembered = new CommandView(this);
    m_remembered->setObjectName(u"lockRemembered"_s);
    m_remembered->setAccessibleName(tr("What the lock remembers"));
    m_remembered->setTabChangesFocus(true);
    m_rememberedLabel->setBuddy(m_remembered);
    body->addWidget(m_rememberedLabel);
    body->addWidget(m_remembered, 1);

    m_acceptMixed = new QCheckBox(this);
    m_acceptMixed->setObjectName(u"lockAcceptMixed"_s);
    body->addWidget(m_acceptMixed);
    m_prompt = new QLabel(this);
    m_prompt->setTextFormat(Qt::PlainText);
    m_prompt->setWordWrap(true);
    m_field = new QLineEdit(this);
    m_field->setObjectName(u"lockTypedName"_s);
    m_field->setAccessibleName(tr("Type %1 to confirm").arg(where.name));
    m_field->setToolTip(tr("The name of the namespace, exactly"));
    m_field->setMaxLength(100);
    m_prompt->setBuddy(m_field);
    body->addWidget(m_prompt);
    body->addWidget(m_field);
    body->addStretch(0);

    auto* bar = new ActionBar(this);
    m_glyph = new GlyphLabel({}, 16, bar);
    static_cast<QHBoxLayout*>(bar->layout())->insertWidget(0, m_glyph);
    m_showRun = makeButton(tr("&Show run"), u"runs"_s, ButtonKind::Plain, bar);
    m_showRun->setObjectName(u"lockShowRun"_s);
    m_showRun->setToolTip(tr("Shows it on the Runs page: there it is cancelled, resumed or undone."));
    m_again = makeButton(tr("&Look again"), u"refresh"_s, ButtonKind::Plain, bar);
    m_again->setObjectName(u"lockAgain"_s);
    m_again->setToolTip(tr("Reads the lock once more"));
    m_break = makeButton(tr("&Break the lock"), {}, ButtonKind::Plain, bar);
    m_break->setObjectName(u"lockBreak"_s);
    m_putBack = makeButton(tr("&Put back"), u"undo"_s, ButtonKind::Danger, bar);
    m_putBack->setObjectName(u"lockPutBack"_s);
    m_close = makeButton(tr("Close"), {}, ButtonKind::Plain, bar);
    m_close->setObjectName(u"lockClose"_s);
    m_close->setDefault(true); // Enter must take nothing from anybody
    for (QPushButton* each : {m_showRun, m_again, m_break, m_putBack, m_close})
        bar->add(each);
    all->addWidget(bar);

    connect(m_field, &QLineEdit::textChanged, this, &LockDialog::update);
    connect(m_showRun, &QPushButton::clicked, this, [this] {
        const QString runId = m_lock->holder() ? m_lock->holder()->runId : QString{};
        reject();
        Q_EMIT runWanted(runId);
    });
    connect(m_again, &QPushButton::clicked, m_lock, &NamespaceLock::read);
    connect(m_acceptMixed, &QCheckBox::toggled, this, &LockDialog::update);
    connect(m_putBack, &QPushButton::clicked, this, [this] { m_lock->putBack(m_acceptMixed->isChecked() && !m_lock->mixed().isEmpty()); });
    connect(m_break, &QPushButton::clicked, m_lock, &NamespaceLock::breakLock);
    connect(m_close, &QPushButton::clicked, this, &QDialog::reject);
    connect(m_lock, &NamespaceLock::changed, this, &LockDialog::update);
    m_lock->read();
}

void LockDialog::reject()
{
    if (m_lock->work() == NamespaceLock::Work::None || m_lock->work() == NamespaceLock::Work::Reading)
        QDialog::reject();
}

bool LockDialog::event(QEvent* event)
{
    const bool done = QDialog::event(event);
    // What is known comes in the background: the dialog grows with it, and stays as the user made it larger.
    if (event->type() == QEvent::LayoutRequest) {
        if (const int wanted = layout()->totalHeightForWidth(width()); height() < wanted)
            resize(width(), wanted);
    }
    return done;
}

void LockDialog::update()
{
    using Work = NamespaceLock::Work;
    const bool busy = m_lock->work() != Work::None;
    const auto& holder = m_lock->holder();
    const QString name = m_lock->where().name;
    const auto text = [](const QString& foreign) { return foreign.isEmpty() ? u"–"_s : models::bounded(foreign, 300); };

    if (holder != m_shown) {
        m_shown = holder;
        m_field->clear();
    }
    const bool ended = std::exchange(m_wasBusy, busy) && !busy;
    if (ended)
        m_acceptMixed->setChecked(false); // it was said of what was seen then
    m_glyph->setGlyph(busy ? u"running"_s : QString{});
    if (busy && m_lock->work() != Work::Reading)
        m_banner->show(Banner::Kind::Note, m_lock->work() == Work::Breaking ? tr("The lock is being removed…") : tr("What it left is being put back…"), m_lock->said().isEmpty() ? QString{} : m_lock->said().constLast());
    else if (m_lock->error())
        m_banner->show(Banner::Kind::Error, m_lock->error()->message, QStringList{m_lock->error()->hint, m_lock->result()}.join(u' ').trimmed());
    else if (!m_lock->result().isEmpty())
        m_banner->show(holder ? Banner::Kind::Warning : Banner::Kind::Note, m_lock->result(), m_lock->said().mid(std::max<qsizetype>(0, m_lock->said().size() - 8)).join(u'\n'));
    else
        m_banner->hide();

    if (!m_lock->known() && busy)
        m_state->setText(tr("Looking who holds %1…").arg(name));
    else if (!m_lock->known())
        m_state->setText(holder ? tr("It is not known who holds %1 now. When it was last seen:").arg(name) : tr("It is not known who holds %1.").arg(name));
    else
        m_state->setText(!holder ? tr("Namespace %1 is not locked.").arg(name) : holder->left ? tr("Namespace %1 was left half-way; nobody works on it now.").arg(name) : tr("Namespace %1 is locked.").arg(name));
    m_facts->setVisible(holder.has_value());
    m_remedy->setVisible(holder && m_lock->known());
    if (holder) {
        m_owner->setText(text(holder->owner));
        m_host->setText(text(holder->host));
        m_since->setText(models::formatExact(holder->since));
        m_purpose->setText(text(holder->purpose));
        m_run->setText(text(holder->runId));
        m_halfLoaded->setText(holder->inFlight.isEmpty() ? tr("nothing") : tr("%1: neither old nor new at this moment").arg(text(holder->inFlight.keys().join(u", "_s))));
        m_loaded->setText(holder->loaded.isEmpty() ? tr("nothing") : text(holder->loaded.keys().join(u", "_s)));
        m_remedy->setText(models::bounded(m_lock->remedy(), 1'500));
    }
    const QString remembered = m_lock->remembered();
    if (m_remembered->toPlainText() != remembered) {
        m_remembered->setPlainText(remembered);
        // As high as its text; a long one takes what the dialog has.
        const int lines = std::clamp(m_remembered->blockCount(), 3, 14), wanted = lines * m_remembered->fontMetrics().lineSpacing() + 24;
        m_remembered->setMinimumHeight(wanted);
        m_remembered->setMaximumHeight(lines < 14 ? wanted : QWIDGETSIZE_MAX);
    }
    m_remembered->setVisible(!remembered.isEmpty());
    m_rememberedLabel->setVisible(!remembered.isEmpty());
    m_rememberedLabel->setText(holder ? tr("What it &remembers") : tr("What it &remembered"));

    const QString reason = !m_lock->known() ? tr("Look again first.") : m_lock->whyNot();
    const bool confirmed = holder && !busy && reason.isEmpty() && m_field->text() == name;
    const QStringList mixed = m_lock->mixed();
    m_acceptMixed->setVisible(!mixed.isEmpty());
    m_acceptMixed->setEnabled(!busy && reason.isEmpty());
    // The names come from the cluster: no mnemonic of theirs.
    m_acceptMixed->setText(tr("&Accept data of different times: %1 loaded, the rest may be older").arg(models::bounded(mixed.join(u", "_s), 60).replace(u'&', u"&&"_s)));
    const bool asks = holder && (reason.isEmpty() || busy);
    m_prompt->setText(holder && holder->left ? tr("&Type %1 to confirm").arg(name) : tr("Taking the lock from a run that still lives stops it half-way. &Type %1 to confirm").arg(name));
    m_prompt->setVisible(asks);
    m_field->setVisible(asks);
    m_field->setEnabled(!busy && reason.isEmpty());
    m_field->setToolTip(reason.isEmpty() ? tr("The name of the namespace, exactly") : reason);
    m_showRun->setVisible(m_lock->holderIsHere() || m_lock->holderIsLive());
    m_showRun->setEnabled(!busy);
    m_again->setEnabled(!busy);
    m_break->setVisible(holder.has_value());
    m_putBack->setVisible(holder.has_value());
    const bool toAccept = !mixed.isEmpty() && !m_acceptMixed->isChecked();
    m_break->setEnabled(confirmed);
    m_putBack->setEnabled(confirmed && !m_lock->holderIsHere() && !toAccept);
    const QString typeFirst = tr("Type the name of the namespace first.");
    m_putBack->setToolTip(!reason.isEmpty()          ? reason
                          : m_lock->holderIsHere() ? tr("Resume or undo the run: its journal knows more than its lock.")
                          : toAccept               ? tr("Restore the rest, or accept data of different times.")
                          : confirmed || busy      ? tr("Removes helper pods and staged files, puts back what lies aside, and starts what was stopped. While data is half-loaded nothing is started.")
                                                   : typeFirst);
    m_break->setToolTip(!reason.isEmpty() ? reason : confirmed || busy ? tr("Only removes the lock, after what it remembers was saved. That is put back by hand.") : typeFirst);
    m_close->setEnabled(!busy || m_lock->work() == Work::Reading);
    // Where the next step is; what had the focus was disabled by the work.
    if (ended)
        (!mixed.isEmpty() && reason.isEmpty() ? static_cast<QWidget*>(m_acceptMixed) : asks ? static_cast<QWidget*>(m_field) : m_close)->setFocus();
}

} // namespace scalekeep::widgets
