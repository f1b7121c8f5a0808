#include "widgets/restore/confirmation.h"

#include "models/common/format.h"
#include "widgets/common/icons.h"
#include "widgets/common/theme.h"

#include <QAction>
#include <QHBoxLayout>
#include <QPainter>
#include <QVBoxLayout>

namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;

Confirmation::Confirmation(models::RestoreSession& session, QWidget* parent) : QFrame(parent), m_session(session)
{
    setObjectName(u"confirmation"_s);
    setAccessibleName(tr("Confirmation"));
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(18, 10, 14, 10);
    layout->setSpacing(20);
    auto* texts = new QVBoxLayout;
    texts->setSpacing(2);
    m_title = new ElidedLabel({}, Qt::ElideRight, this);
    QFont bold = m_title->font();
    bold.setBold(true);
    m_title->setFont(bold);
    m_loss = new QLabel(this);
    m_loss->setObjectName(u"confirmationLoss"_s);
    m_loss->setTextFormat(Qt::PlainText);
    m_loss->setWordWrap(true);
    m_safety = new QLabel(this);
    m_safety->setObjectName(u"confirmationSafety"_s);
    m_safety->setTextFormat(Qt::PlainText);
    m_safety->setWordWrap(true);
    m_safety->setForegroundRole(QPalette::PlaceholderText);
    texts->addWidget(m_title);
    texts->addWidget(m_loss);
    texts->addWidget(m_safety);
    layout->addLayout(texts, 1);

    auto* confirm = new QVBoxLayout;
    confirm->setSpacing(4);
    m_prompt = new QLabel(this);
    m_prompt->setTextFormat(Qt::RichText);
    m_field = new QLineEdit(this);
    m_field->setObjectName(u"typedName"_s);
    m_field->setFixedWidth(260);
    m_field->setMaxLength(100);
    m_right = m_field->addAction(glyphIcon(Glyph::Proven), QLineEdit::TrailingPosition);
    m_right->setToolTip(tr("The name is right"));
    m_right->setVisible(false);
    connect(m_field, &QLineEdit::textEdited, &m_session, &models::RestoreSession::setTypedName);
    confirm->addWidget(m_prompt);
    confirm->addWidget(m_field);
    layout->addLayout(confirm);
    m_prompt->setBuddy(m_field);
}

QString Confirmation::safetyText() const
{
    if (!m_session.safety())
        return tr("No safety bundle is taken: what is overwritten cannot be brought back.");
    const models::Preparation* made = m_session.preparation();
    if (made && !made->plan.step(u"safety-finish"_s))
        return tr("No safety bundle is taken, for nothing is there that could be kept.");
    if (made && made->plan.step(u"installed"_s))
        return tr("A safety bundle of what is there is taken first. If a step fails before anything is proven, it is put back; the APIManager and what the operator made of it stay.");
    return tr("A safety bundle is taken first. If a step fails, what was begun since the last proven store is taken back. What is proven stays; the writers then stay stopped, and you resume or undo.");
}

void Confirmation::update()
{
    const auto& target = m_session.target();
    if (!target)
        return;
    m_title->setText(m_session.production() ? tr("This replaces data in a production namespace") : tr("This replaces data in %1").arg(target->title()));
    const QStringList all = m_session.toRestore();
    const QStringList shown = all.mid(0, 4);
    const QString names = shown.join(u", "_s) + (all.size() > shown.size() ? tr(" and %1 more").arg(all.size() - shown.size()) : QString{});
    m_loss->setText(m_session.header() ? tr("What is newer than %1 will be gone: %2.").arg(models::formatExact(m_session.header()->started), names) : QString{});
    m_safety->setText(safetyText());
    // In a disaster: what cannot be kept is given up by its name, before the namespace's own is asked for.
    const QString unreadable = m_session.unreadable().join(u", "_s);
    const bool givesUp = !unreadable.isEmpty();
    if (givesUp)
        m_safety->setText(tr("No safety copy can be taken of %1. If its data is lost anyway, type its name: it is replaced without a safety copy, and the journal says so.").arg(unreadable));
    m_prompt->setText((givesUp ? tr("Type %1 to give it up") : tr("Type %1 to confirm")).arg(u"<b>"_s + (givesUp ? unreadable : target->name).toHtmlEscaped() + u"</b>"_s));
    m_field->setAccessibleName((givesUp ? tr("Type %1 to give it up") : tr("Type %1 to confirm")).arg(givesUp ? unreadable : target->name));
    if (m_field->text() != m_session.typedName())
        m_field->setText(m_session.typedName());
    m_field->setEnabled((m_session.checksPassed() || givesUp) && !m_session.checking());
    m_field->setToolTip(m_field->isEnabled() ? tr("The name of the namespace, exactly") : tr("Can be typed once no check fails"));
    m_right->setVisible(m_session.canStart());
}

void Confirmation::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QColor red = theme::color(Token::ErrFill);
    painter.setPen(red);
    painter.setBrush(theme::color(Token::Base));
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 3, 3);
    painter.fillRect(QRectF(0, 1, 4, height() - 2), red);
}

} // namespace scalekeep::widgets
