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
        button->setText(done ? titleOf(step) : u"%1  %2"_s.arg(number + 1).arg(titleOf(step)));
        button->setIcon(done ? glyphIcon(Glyph::Proven) : QIcon());
        button->setToolButtonStyle(done ? Qt::ToolButtonTextBesideIcon : Qt::ToolButtonTextOnly);
        QFont font = this->font();
        font.setBold(current);
        button->setFont(font);
        button->setEnabled(current || m_session.canGoTo(step));
        button->setAccessibleName(current ? tr("%1, this step").arg(titleOf(step)) : done ? tr("%1, done").arg(titleOf(step)) : titleOf(step));
        button->setToolTip(current ? tr("This step") : button->isEnabled() ? tr("Go to %1").arg(titleOf(step)) : tr("Comes after the steps before it"));
    }
    QWidget::update();
}

void StepBar::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    const QToolButton* current = m_buttons[int(m_session.step())];
    painter.fillRect(QRect(current->x(), height() - 2, current->width(), 2), theme::color(Token::Accent));
}

} // namespace scalekeep::widgets
