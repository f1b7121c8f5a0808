#pragma once

#include "models/common/programlog.h"
#include "widgets/common/parts.h"

class QSortFilterProxyModel;
class QTableView;

namespace scalekeep::widgets {

/// What the program did and met, at the foot of the window. Follows the end until the user scrolls up. Owned by its dock.
class ProgramLogPane : public QWidget {
    Q_OBJECT
public:
    ProgramLogPane(models::ProgramLog& log, const QString& logFile, QWidget* parent = nullptr);
    [[nodiscard]] SearchField* filter() const { return m_search; }
    [[nodiscard]] QTableView* view() const { return m_view; }

private:
    SearchField* m_search;
    QTableView* m_view;
    bool m_follow = true;
};

} // namespace scalekeep::widgets
