#include "widgets/backup/completeness.h"

#include "widgets/backup/segments.h"
#include "widgets/common/parts.h"
#include "widgets/common/theme.h"

#include <QHBoxLayout>

namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr int leftWidth = 256, mostRows = 3;
}

Completeness::Completeness(QWidget* parent)
    : QFrame(parent), m_figure(new QLabel), m_count(new QLabel), m_segments(new Segments), m_against(new ElidedLabel), m_rows(new QVBoxLayout)
{
    setAccessibleName(tr("Completeness"));
    m_figure->setFont(theme::figureFont());
    m_figure->setTextFormat(Qt::PlainText);
    auto* complete = new QLabel(tr("complete"));
    for (QLabel* label : {m_count, static_cast<QLabel*>(m_against)}) {
        label->setTextFormat(Qt::PlainText);
        label->setForegroundRole(QPalette::PlaceholderText);
    }
    m_against->setFont(theme::smallFont());

    auto* line = new QHBoxLayout;
    line->setSpacing(8);
    line->addWidget(m_figure);
    line->addWidget(complete, 0, Qt::AlignBottom);
    line->addStretch();
    line->addWidget(m_count, 0, Qt::AlignBottom);
    auto* left = new QWidget;
    left->setMinimumWidth(std::max(leftWidth, fontMetrics().averageCharWidth() * 34)); // as wide as that unless a language needs more
    left->setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Preferred);
    auto* leftLayout = new QVBoxLayout(left);
    leftLayout->setContentsMargins(0, 0, 0, 0);
    leftLayout->setSpacing(3);
    leftLayout->addLayout(line);
    leftLayout->addWidget(m_segments);
    leftLayout->addWidget(m_against);
    m_rows->setSpacing(0);
    m_rows->setContentsMargins(0, 0, 0, 0);

    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(16, 10, 16, 10);
    layout->setSpacing(24);
    layout->addWidget(left, 0, Qt::AlignVCenter);
    layout->addLayout(m_rows, 1);
}

QPushButton* Completeness::firstAdd() const
{
    return findChild<QPushButton*>(u"add"_s);
}

QWidget* Completeness::makeRow(const QString& glyph, const QString& subject, const QString& text, const QList<models::ComponentRef>& add, const QString& buttonText)
{
    auto* row = new QWidget;
    row->setFixedHeight(theme::controlHeight());
    auto* layout = new QHBoxLayout(row);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(8);
    auto* sign = new GlyphLabel(glyph);
    layout->addWidget(sign);
    if (!subject.isEmpty()) {
        auto* name = new QLabel(subject);
        name->setTextFormat(Qt::PlainText);
        QFont bold = name->font();
        bold.setBold(true);
        name->setFont(bold);
        layout->addWidget(name);
        layout->setSpacing(6);
    }
    auto* label = new ElidedLabel(text);
    label->setTextFormat(Qt::PlainText);
    layout->addWidget(label, 1);
    if (!add.isEmpty()) {
        QPushButton* button = makeButton(buttonText, u"plus"_s);
        button->setObjectName(u"add"_s);
        button->setProperty("small", true);
        button->setAccessibleName(subject.isEmpty() ? buttonText : tr("Add %1").arg(subject));
        button->setToolTip(tr("Adds it to the plan."));
        connect(button, &QPushButton::clicked, this, [this, add] { Q_EMIT addRequested(add); });
        layout->addWidget(button);
    }
    return row;
}

void Completeness::set(const models::PlanGroup& group, const QString& title)
{
    const bool known = group.score >= 0;
    m_figure->setText(known ? tr("%1 %", "percent").arg(group.score) : u"–"_s);
    m_count->setText(known ? tr("%1 of %2 components").arg(group.covered).arg(group.expected) : QString{});
    m_segments->set(group.covered, group.expected);
    const QString against = !known ? tr("Not known yet") : group.flavour == u"operator" ? tr("Against the list for 3scale %1, operator").arg(group.version) : tr("Against the list for 3scale %1, template").arg(group.version);
    const QString mark = known && group.assumed ? u' ' + tr("(assumed)") : QString{};
    m_against->setText((title.isEmpty() || !known ? against : group.flavour == u"operator" ? tr("%1: 3scale %2, operator").arg(title, group.version) : tr("%1: 3scale %2, template").arg(title, group.version)) + mark);
    if (m_shown == group.missing && m_where == group.where && m_score == group.score)
        return;
    const bool hadFocus = focusWidget() && focusWidget()->objectName() == u"add" && focusWidget()->hasFocus();
    m_shown = group.missing;
    m_where = group.where;
    m_score = group.score;
    while (QLayoutItem* item = m_rows->takeAt(0)) {
        if (QWidget* widget = item->widget()) {
            widget->hide();
            widget->setParent(nullptr);
            widget->deleteLater();
        }
        delete item;
    }
    m_rows->addStretch();
    const qsizetype single = m_shown.size() <= mostRows ? m_shown.size() : mostRows - 1;
    for (qsizetype i = 0; i < single; ++i) {
        const models::MissingComponent& each = m_shown[i];
        m_rows->addWidget(makeRow(u"warning"_s, each.subject, each.text, each.addable ? QList<models::ComponentRef>{{group.where, each.id}} : QList<models::ComponentRef>{}, tr("Add")));
    }
    if (single < m_shown.size()) {
        QStringList texts;
        QList<models::ComponentRef> addable;
        for (const models::MissingComponent& each : m_shown) {
            if (each.addable)
                addable.append({group.where, each.id});
        }
        for (qsizetype i = single; i < m_shown.size(); ++i)
            texts.append(m_shown[i].subject.isEmpty() ? m_shown[i].text : m_shown[i].subject);
        QWidget* row = makeRow(u"warning"_s, {}, tr("%1 more are missing: %2").arg(texts.size()).arg(texts.join(u", "_s)), addable, tr("Add all"));
        m_rows->addWidget(row);
    }
    if (known && m_shown.isEmpty())
        m_rows->addWidget(makeRow(u"proven"_s, {}, tr("Nothing is missing: a restore brings everything back."), {}, {}));
    m_rows->addStretch();
    // After Add, the focus is on the next Add.
    if (hadFocus) {
        if (QPushButton* next = firstAdd())
            next->setFocus(Qt::OtherFocusReason);
    }
}

} // namespace scalekeep::widgets
