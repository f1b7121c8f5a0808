#include "widgets/common/parts.h"

#include "widgets/common/icons.h"
#include "widgets/common/style.h"
#include "widgets/common/theme.h"

#include <QAccessible>
#include <QAction>
#include <QApplication>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QPainter>
#include <QVBoxLayout>

namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr auto cameFrom = "cameFrom"; ///< property of a search field: what had the focus before
}

QPushButton* makeButton(const QString& text, const QString& iconName, ButtonKind kind, QWidget* parent)
{
    auto* button = new QPushButton(icon(iconName), text, parent);
    switch (kind) {
    case ButtonKind::Plain: break;
    case ButtonKind::Primary: button->setProperty("kind", u"primary"_s); break;
    case ButtonKind::Danger: button->setProperty("kind", u"danger"_s); break;
    case ButtonKind::Flat: button->setProperty("kind", u"flat"_s); break;
    }
    button->setIconSize(QSize(16, 16));
    // Enter presses a dialog's main button only where the dialog says so.
    button->setAutoDefault(false);
    return button;
}

QToolButton* makeToolButton(const QString& iconName, const QString& text, QWidget* parent)
{
    auto* button = new QToolButton(parent);
    button->setIcon(icon(iconName));
    button->setIconSize(QSize(16, 16));
    button->setAutoRaise(true);
    button->setToolButtonStyle(Qt::ToolButtonIconOnly);
    button->setText(text);
    button->setToolTip(plainTip(text));
    button->setAccessibleName(text);
    button->setFocusPolicy(Qt::TabFocus);
    const int side = theme::smallControlHeight();
    button->setFixedSize(side, side);
    return button;
}

QString plainTip(const QString& text)
{
    constexpr qsizetype longest = 2000;
    constexpr qsizetype unwrapped = 100;
    const QString shown = text.size() > longest ? text.left(longest) + u"…"_s : text;
    if (shown.size() <= unwrapped && !Qt::mightBeRichText(shown))
        return shown;
    return u"<p style='white-space:pre-wrap'>"_s + shown.toHtmlEscaped() + u"</p>"_s;
}

SearchField::SearchField(const QString& placeholder, QWidget* parent) : QLineEdit(parent)
{
    setPlaceholderText(placeholder);
    setAccessibleName(placeholder);
    setClearButtonEnabled(true);
    setMaxLength(200);
    addAction(icon(u"search"_s), QLineEdit::LeadingPosition);
    // Where Esc goes back to.
    connect(qApp, &QApplication::focusChanged, this, [this](QWidget* before, QWidget* now) {
        if (now == this && before && before->window() == window())
            setProperty(cameFrom, QVariant::fromValue(QPointer<QWidget>(before)));
    });
}

void SearchField::keyPressEvent(QKeyEvent* event)
{
    if (event->key() != Qt::Key_Escape) {
        QLineEdit::keyPressEvent(event);
        return;
    }
    const auto before = property(cameFrom).value<QPointer<QWidget>>();
    if (!text().isEmpty())
        clear();
    else if (before && before->isVisible() && before->isEnabled())
        before->setFocus(Qt::OtherFocusReason);
    else
        QLineEdit::keyPressEvent(event);
}

Banner::Banner(QWidget* parent) : QFrame(parent)
{
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(16, 10, 16, 10);
    row->setSpacing(12);
    m_glyph = new GlyphLabel({}, 16, this);
    auto* words = new QVBoxLayout;
    words->setSpacing(2);
    m_title = new QLabel(this);
    m_text = new QLabel(this);
    for (QLabel* label : {m_title, m_text}) {
        label->setTextFormat(Qt::PlainText);
        label->setWordWrap(true);
        label->setTextInteractionFlags(Qt::TextSelectableByMouse);
        words->addWidget(label);
    }
    QFont bold = m_title->font();
    bold.setWeight(QFont::DemiBold);
    m_title->setFont(bold);
    m_buttons = new QHBoxLayout;
    m_buttons->setSpacing(8);
    row->addWidget(m_glyph, 0, Qt::AlignTop);
    row->addLayout(words, 1);
    row->addLayout(m_buttons);
    hide();
}

void Banner::show(Kind kind, const QString& title, const QString& text)
{
    const bool news = isHidden() || m_title->text() != title;
    m_kind = kind;
    m_glyph->setGlyph(kind == Kind::Error ? u"failed"_s : kind == Kind::Warning ? u"warning"_s : u"note"_s);
    m_title->setText(title.left(400));
    m_title->setVisible(!title.isEmpty());
    m_text->setText(text.left(2000));
    m_text->setVisible(!text.isEmpty());
    setAccessibleName(title);
    setAccessibleDescription(text);
    setShown(*this, true);
    update();
    if (news) {
        QAccessibleEvent alert(this, QAccessible::Alert);
        QAccessible::updateAccessibility(&alert);
    }
}

void Banner::add(QAbstractButton* button)
{
    m_buttons->addWidget(button);
}

void Banner::paintEvent(QPaintEvent*)
{
    const Token line = m_kind == Kind::Error ? Token::Err : m_kind == Kind::Warning ? Token::Warn : Token::Accent;
    QPainter painter(this);
    if (m_kind == Kind::Note) {
        QColor tint = theme::color(Token::Accent);
        tint.setAlphaF(theme::isDark() ? 0.18F : 0.1F);
        painter.fillRect(rect(), theme::color(Token::Base));
        painter.fillRect(rect(), tint);
    } else {
        painter.fillRect(rect(), theme::color(m_kind == Kind::Error ? Token::ErrGround : Token::WarnGround));
    }
    painter.fillRect(QRect(0, height() - 1, width(), 1), theme::color(line));
}

} // namespace scalekeep::widgets
