#pragma once

#include "widgets/common/parts.h"
#include "widgets/compare/growthchart.h"

class QStackedWidget;
class QTableView;

namespace scalekeep::widgets {

/// The timeline of an installation: chart with its legend, or the same as a table. The model outlives it; GUI thread.
class GrowthPanel : public Panel {
    Q_OBJECT
public:
    explicit GrowthPanel(models::GrowthModel& model, QWidget* parent = nullptr);
    [[nodiscard]] GrowthChart* chart() const { return m_chart; }
    [[nodiscard]] QTableView* table() const { return m_table; }
    [[nodiscard]] bool isTable() const;
    void setTable(bool table);

Q_SIGNALS:
    void chosen(const QString& bundle, bool base);

private:
    void follow();

    models::GrowthModel& m_model;
    GrowthChart* m_chart;
    QTableView* m_table;
    QStackedWidget* m_stack;
    QWidget* m_legend;
    QPushButton* m_asTable;
};

} // namespace scalekeep::widgets
