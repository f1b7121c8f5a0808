#include "widgets/compare/growthpanel.h"

#include "widgets/common/delegates.h"
#include "widgets/common/theme.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QPainter>
#include <QStackedWidget>
#include <QTableView>

namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;
using models::GrowthModel;

namespace {
class Swatch : public QWidget {
public:
    Swatch(int band, QWidget* parent) : QWidget(parent), m_band(band) { setFixedSize(12, 10); }

protected:
    void paintEvent(QPaintEvent*) override { QPainter(this).fillRect(rect(), GrowthChart::colourOf(m_band)); }

private:
    int m_band;
};
} // namespace

GrowthPanel::GrowthPanel(GrowthModel& model, QWidget* parent) : Panel(tr("Growth"), parent), m_model(model)
{
    setObjectName(u"growthPanel"_s);
    m_legend = new QWidget(this);
    auto* legend = new QHBoxLayout(m_legend);
    legend->setContentsMargins(0, 0, 8, 0);
    legend->setSpacing(6);
    m_asTable = makeButton(tr("As table"), u"table"_s, ButtonKind::Flat, this);
    m_asTable->setObjectName(u"growthAsTable"_s);
    m_asTable->setProperty("small", true);
    m_asTable->setCheckable(true);
    m_asTable->setToolTip(tr("The same as rows"));
    tools()->addWidget(m_legend);
    tools()->addWidget(m_asTable);
    m_stack = new QStackedWidget(this);
    m_chart = new GrowthChart(model, m_stack);
    m_table = new QTableView(m_stack);
    m_table->setObjectName(u"growthTable"_s);
    m_table->setAccessibleName(tr("Bundles of the installation"));
    m_table->setModel(&model);
    m_table->setItemDelegate(new RowDelegate(m_table));
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_table->setShowGrid(false);
    m_table->setTabKeyNavigation(false);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setDefaultSectionSize(theme::rowHeight());
    m_table->horizontalHeader()->setHighlightSections(false);
    m_table->horizontalHeader()->setStretchLastSection(true);
    const QFontMetrics header(m_table->horizontalHeader()->font());
    for (int column = 0; column < GrowthModel::Most; ++column)
        m_table->setColumnWidth(column, std::max(140, header.horizontalAdvance(model.headerData(column, Qt::Horizontal, Qt::DisplayRole).toString()) + 24));
    EmptyState::over(m_table, {}, {}, tr("No bundles of this installation in the list."));
    m_stack->addWidget(m_chart);
    m_stack->addWidget(m_table);
    body()->addWidget(m_stack);
    connect(m_asTable, &QPushButton::toggled, this, [this](bool table) { m_stack->setCurrentIndex(table ? 1 : 0); });
    connect(m_chart, &GrowthChart::chosen, this, &GrowthPanel::chosen);
    connect(m_table, &QTableView::activated, this, [this](const QModelIndex& index) { Q_EMIT chosen(index.data(GrowthModel::Path).toString(), false); });
    connect(&model, &GrowthModel::changed, this, &GrowthPanel::follow);
    follow();
}

bool GrowthPanel::isTable() const
{
    return m_asTable->isChecked();
}

void GrowthPanel::setTable(bool table)
{
    m_asTable->setChecked(table);
}

void GrowthPanel::follow()
{
    const int count = m_model.rowCount();
    setTitle(m_model.title().isEmpty() ? tr("Growth") : tr("Growth of %1").arg(m_model.title()), count == 0 ? QString() : count == 1 ? tr("1 bundle") : tr("%n bundles", nullptr, count));
    auto* layout = static_cast<QHBoxLayout*>(m_legend->layout());
    while (QLayoutItem* item = layout->takeAt(0)) {
        if (QWidget* widget = item->widget()) {
            widget->hide(); // it may be in the middle of an event
            widget->deleteLater();
        }
        delete item;
    }
    const QStringList bands = m_model.bands();
    for (int band = 0; band < bands.size() + (m_model.hasRest() ? 1 : 0); ++band) {
        auto* label = new ElidedLabel(band < bands.size() ? bands.at(band).left(40) : tr("others"), Qt::ElideRight, m_legend);
        label->setForegroundRole(QPalette::PlaceholderText);
        label->setFont(theme::smallFont());
        if (band > 0)
            layout->addSpacing(4);
        layout->addWidget(new Swatch(band, m_legend));
        layout->addWidget(label);
    }
}

} // namespace scalekeep::widgets
