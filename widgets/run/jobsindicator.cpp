#include "widgets/run/jobsindicator.h"

#include "models/run/runreport.h"
#include "widgets/common/theme.h"

#include <QHBoxLayout>

namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;
using models::RunState;

JobsIndicator::JobsIndicator(models::RunHub& hub, QWidget* parent) : QWidget(parent), m_hub(hub)
{
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(6, 0, 6, 0);
    layout->setSpacing(4);
    m_glyph = new GlyphLabel(u"running"_s, 12);
    m_button = new QToolButton;
    m_button->setAutoRaise(true);
    m_button->setFont(theme::smallFont());
    m_button->setToolTip(tr("Shows the run."));
    layout->addWidget(m_glyph);
    layout->addWidget(m_button);
    connect(m_button, &QToolButton::clicked, this, [this] {
        const QList<RunState*> runs = m_hub.running();
        Q_EMIT clicked(runs.isEmpty() ? nullptr : runs.first());
    });
    connect(&hub, &models::RunHub::started, this, &JobsIndicator::update);
    connect(&hub, &models::RunHub::changed, this, &JobsIndicator::update);
    connect(&hub, &models::RunHub::ended, this, &JobsIndicator::update);
    update();
}

QString JobsIndicator::text() const
{
    return m_button->text();
}

void JobsIndicator::update()
{
    const QList<RunState*> runs = m_hub.running();
    setVisible(!runs.isEmpty());
    if (runs.isEmpty()) {
        m_button->setText({});
        return;
    }
    const bool waits = runs.first()->phase() == RunState::Phase::WaitingForLogin;
    m_glyph->setGlyph(waits || runs.first()->failed() ? u"warning"_s : u"running"_s);
    m_button->setText(runs.size() == 1 ? models::jobText(*runs.first()) : tr("%1, and %n more", nullptr, int(runs.size()) - 1).arg(models::jobText(*runs.first())));
    m_button->setAccessibleName(m_button->text());
}

} // namespace scalekeep::widgets
