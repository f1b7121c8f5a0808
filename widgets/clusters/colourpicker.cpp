#include "widgets/clusters/colourpicker.h"

#include "widgets/common/theme.h"

#include <QAbstractButton>
#include <QButtonGroup>
#include <QHBoxLayout>
#include <QPainter>

namespace scalekeep::widgets {

namespace {
class Disc : public QAbstractButton {
public:
    Disc(QString name, QWidget* parent) : QAbstractButton(parent), m_name(std::move(name))
    {
        setCheckable(true);
        setFixedSize(26, 26);
        setFocusPolicy(Qt::StrongFocus);
        setToolTip(theme::clusterColourTitle(m_name));
        setAccessibleName(theme::clusterColourTitle(m_name));
    }
    [[nodiscard]] const QString& name() const { return m_name; }

protected:
    void paintEvent(QPaintEvent* /*event*/) override
    {
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        const QRectF place = QRectF(rect()).adjusted(2, 2, -2, -2);
        const bool chosen = isChecked();
        painter.setPen(QPen(theme::color(chosen || hasFocus() ? Token::Accent : Token::Line2), chosen ? 2 : 1));
        painter.setBrush(theme::color(Token::Base));
        painter.drawEllipse(place);
        painter.setPen(Qt::NoPen);
        painter.setBrush(theme::clusterColour(m_name));
        painter.drawEllipse(place.adjusted(3, 3, -3, -3));
        if (hasFocus()) {
            painter.setBrush(Qt::NoBrush);
            painter.setPen(QPen(theme::color(Token::Accent), 1, Qt::DotLine));
            painter.drawRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5));
        }
    }

private:
    QString m_name;
};
} // namespace

ColourPicker::ColourPicker(QWidget* parent) : QWidget(parent), m_group(new QButtonGroup(this))
{
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(4);
    m_group->setExclusive(true);
    const QStringList names = theme::clusterColourNames();
    for (const QString& name : names) {
        auto* disc = new Disc(name, this);
        m_group->addButton(disc);
        row->addWidget(disc);
    }
    row->addStretch(1);
    // Tab goes to the chosen one, the arrow keys from there to the others.
    connect(m_group, &QButtonGroup::buttonToggled, this, [](QAbstractButton* disc, bool chosen) { disc->setFocusPolicy(chosen ? Qt::StrongFocus : Qt::ClickFocus); });
    for (QAbstractButton* each : m_group->buttons())
        each->setFocusPolicy(Qt::ClickFocus);
    setColour({});
    setAccessibleName(tr("Colour"));
}

QString ColourPicker::colour() const
{
    const auto* chosen = static_cast<const Disc*>(m_group->checkedButton());
    return chosen ? chosen->name() : QString();
}

void ColourPicker::setColour(const QString& name)
{
    const auto buttons = m_group->buttons();
    for (QAbstractButton* each : buttons) {
        if (static_cast<const Disc*>(each)->name() == name) {
            each->setChecked(true);
            return;
        }
    }
    if (!buttons.isEmpty())
        buttons.constFirst()->setChecked(true);
}

} // namespace scalekeep::widgets
