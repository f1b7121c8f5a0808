#include "widgets/restore/stepbar.h"

#include "widgets/common/icons.h"
#include "widgets/common/theme.h"

#include <QHBoxLayout>
#include <QPainter>

namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;
using Step = models::RestoreSession::Step;

StepBar::StepBar(models::RestoreSession& session, QWidget* parent) : QWidget(parent), m_session(session)
{
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(2);
    layout->setSizeConstraint(QLayout::SetNoConstraint); // it may become narrow
    for (int number = 0; number < models::RestoreSession::stepTotal; ++number) {
        if (number > 0) {
            auto* arrow = new QLabel(u"›"_s, this);
            arrow->setForegroundRole(QPalette::PlaceholderText);
            arrow->setAccessibleName(QString{});
            layout->addWidget(arrow);
        }
        auto* button = new QToolButton(this);
        button->setObjectName(u"step%1"_s.arg(number + 1));
        button->setAutoRaise(true);
        button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
        button->setIconSize({16, 16});
        button->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Expanding);
        connect(button, &QToolButton::clicked, this, [this, number] { m_session.goTo(Step(number)); });
        layout->addWidget(button);
        m_buttons.append(button);
    }
    setAccessibleName(tr("Steps of the restore"));
    update();
}

QString StepBar::titleOf(Step step)
{
    switch (step) {
    case Step::Bundle:
        return tr("Bundle");
    case Step::Target:
        return tr("Target");
    case Step::Components:
        return tr("Components");
    case Step::Check:
        return tr("Check and confirm");
    case Step::Run:
        return tr("Run");
    case Step::Result:
        return tr("Result");
    }
    return {};
}

void StepBar::update()
{
    for (int number = 0; number < m_buttons.size(); ++number) {
        const auto step = Step(number);
        QToolButton* button = m_buttons[number];
        const bool current = step == m_session.step(), done = step < m_session.step();
        const QString name = m_compact && !current ? QString{} : titleOf(step);
        button->setText(done ? (name.isEmpty() ? name : u" "_s + name) : u"%1  %2"_s.arg(number + 1).arg(name).trimmed());
        button->setIcon(done ? glyphIcon(Glyph::Proven) : QIcon());
        button->setToolButtonStyle(!done ? Qt::ToolButtonTextOnly : m_compact ? Qt::ToolButtonIconOnly : Qt::ToolButtonTextBesideIcon);
        QFont font = this->font();
        font.setBold(current);
        button->setFont(font);
        button->setEnabled(current || m_session.canGoTo(step));
        button->setAccessibleName(current ? tr("%1, this step").arg(titleOf(step)) : done ? tr("%1, done").arg(titleOf(step)) : titleOf(step));
        button->setToolTip(current ? tr("%1: this step").arg(titleOf(step)) : button->isEnabled() ? tr("Go to %1").arg(titleOf(step)) : tr("%1 comes after the steps before it").arg(titleOf(step)));
    }
    QWidget::update();
}

int StepBar::fullWidth() const
{
    QFont bold = font();
    bold.setBold(true);
    const QFontMetrics metrics(bold);
    int width = 0;
    for (int number = 0; number < models::RestoreSession::stepTotal; ++number)
        width += metrics.horizontalAdvance(titleOf(Step(number))) + 16 + metrics.averageCharWidth() * 6;
    return width;
}

QSize StepBar::minimumSizeHint() const
{
    return {fontMetrics().averageCharWidth() * 50, 24};
}

void StepBar::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    const QWidget* page = parentWidget();
    const bool compact = page && page->width() - x() < fullWidth();
    if (compact == m_compact)
        return;
    m_compact = compact;
    update();
}

void StepBar::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    const QToolButton* current = m_buttons[int(m_session.step())];
    painter.fillRect(QRect(current->x(), height() - 2, current->width(), 2), theme::color(Token::Accent));
}

} // namespace scalekeep::widgets
