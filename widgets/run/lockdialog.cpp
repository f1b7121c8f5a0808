#include "widgets/run/lockdialog.h"

#include "models/common/format.h"
#include "models/run/runtexts.h"

#include <QEvent>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QVBoxLayout>

#include <algorithm>

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
    setMinimumWidth(680);
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
    body->addWidget(m_facts);
    m_remedy = words(this, u"lockRemedy"_s);
    body->addWidget(m_remedy);
    m_rememberedLabel = new QLabel(tr("What it &remembers"), this);
    m_remembered = new CommandView(this);
    m_remembered->setObjectName(u"lockRemembered"_s);
    m_remembered->setAccessibleName(tr("What the lock remembers"));
    m_remembered->setTabChangesFocus(true);
    m_remembered->setMinimumHeight(110);
    m_rememberedLabel->setBuddy(m_remembered);
    body->addWidget(m_rememberedLabel);
    body->addWidget(m_remembered, 1);

    m_prompt = new QLabel(tr("Taking the lock from a run that still lives stops it half-way. &Type %1 to confirm").arg(where.name), this);
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
    m_showRun->setToolTip(tr("Its journal is on this workstation: there it is resumed or undone."));
    m_again = makeButton(tr("&Look again"), u"refresh"_s, ButtonKind::Plain, bar);
    m_again->setObjectName(u"lockAgain"_s);
    m_again->setToolTip(tr("Reads the lock once more"));
    m_break = makeButton(tr("&Break the lock"), {}, ButtonKind::Danger, bar);
    m_break->setObjectName(u"lockBreak"_s);
    m_putBack = makeButton(tr("&Put back what it left"), u"undo"_s, ButtonKind::Danger, bar);
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
    connect(m_putBack, &QPushButton::clicked, m_lock, &NamespaceLock::putBack);
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

    const QString run = holder ? holder->nonce + holder->holder : QString{};
    if (run != m_shown) {
        m_shown = run;
        m_field->clear();
    }
    m_glyph->setGlyph(busy ? u"running"_s : QString{});
    if (busy && m_lock->work() != Work::Reading)
        m_banner->show(Banner::Kind::Note, m_lock->work() == Work::Breaking ? tr("The lock is being removed…") : tr("What it left is being put back…"), m_lock->said().isEmpty() ? QString{} : m_lock->said().constLast());
    else if (m_lock->error())
        m_banner->show(Banner::Kind::Error, m_lock->error()->message, QStringList{m_lock->error()->hint, m_lock->result()}.join(u' ').trimmed());
    else if (!m_lock->result().isEmpty())
        m_banner->show(holder ? Banner::Kind::Warning : Banner::Kind::Note, m_lock->result(), m_lock->said().mid(std::max<qsizetype>(0, m_lock->said().size() - 8)).join(u'\n'));
    else
        m_banner->hide();

    if (!m_lock->known())
        m_state->setText(busy ? tr("Looking who holds %1…").arg(name) : tr("It is not known who holds %1.").arg(name));
    else
        m_state->setText(!holder ? tr("Namespace %1 is not locked.").arg(name) : holder->left ? tr("Namespace %1 was left half-way; nobody works on it now.").arg(name) : tr("Namespace %1 is locked.").arg(name));
    m_facts->setVisible(holder.has_value());
    m_remedy->setVisible(holder.has_value());
    if (holder) {
        m_owner->setText(text(holder->owner));
        m_host->setText(text(holder->host));
        m_since->setText(models::formatExact(holder->since));
        m_purpose->setText(text(holder->purpose));
        m_run->setText(text(holder->runId));
        m_halfLoaded->setText(holder->inFlight.isEmpty() ? tr("nothing") : tr("%1: neither old nor new at this moment").arg(text(holder->inFlight.keys().join(u", "_s))));
        m_remedy->setText(m_lock->holderIsHere() ? tr("The run is known on this workstation: resume or undo it on the Runs page. Its journal knows more than its lock.")
                                                 : models::bounded(run::Lock::remedy(*holder, name), 1'500));
    }
    const QString remembered = m_lock->remembered();
    if (m_remembered->toPlainText() != remembered)
        m_remembered->setPlainText(remembered);
    m_remembered->setVisible(!remembered.isEmpty());
    m_rememberedLabel->setVisible(!remembered.isEmpty());

    const QString reason = m_lock->whyNot();
    const bool confirmed = holder && !busy && reason.isEmpty() && m_field->text() == name;
    m_prompt->setVisible(holder.has_value());
    m_field->setVisible(holder.has_value());
    m_field->setEnabled(!busy && reason.isEmpty());
    m_field->setToolTip(reason.isEmpty() ? tr("The name of the namespace, exactly") : reason);
    m_showRun->setVisible(holder && m_lock->holderIsHere());
    m_showRun->setEnabled(!busy);
    m_again->setEnabled(!busy);
    m_break->setVisible(holder.has_value());
    m_putBack->setVisible(holder.has_value());
    m_break->setEnabled(confirmed);
    m_putBack->setEnabled(confirmed);
    const QString typeFirst = tr("Type the name of the namespace first.");
    m_putBack->setToolTip(!reason.isEmpty() ? reason : confirmed || busy ? tr("Removes helper pods and staged files, puts back what lies aside, and starts what was stopped. While data is half-loaded nothing is started.") : typeFirst);
    m_break->setToolTip(!reason.isEmpty() ? reason : confirmed || busy ? tr("Only removes the lock. What it remembers is put back by hand.") : typeFirst);
    m_close->setEnabled(!busy || m_lock->work() == Work::Reading);
}

} // namespace scalekeep::widgets
