#pragma once

#include "models/run/runstate.h"

#include <QAbstractTableModel>
#include <QPointer>
#include <QSet>
#include <QStringMatcher>
#include <QTimer>

#include <deque>

namespace scalekeep::models {

/// The log of a run as a table, filtered. Nothing is copied: a row is a place in the run's ring. A filter is applied in pieces, so that 100,000
/// lines never hold the window up; rows appear in order while it goes on. GUI thread.
class RunLogModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Time, Level, Step, Text, ColumnCount };

    struct Filter {
        QString step;                                   ///< id; empty: all
        LogLine::Level level = LogLine::Level::Info;    ///< this and worse
        QString text;                                   ///< in any case, in the text or the step's name
        bool operator==(const Filter&) const = default;
    };

    explicit RunLogModel(QObject* parent = nullptr);
    void setRun(RunState* run);                         ///< may be null
    void setFilter(const Filter& filter);
    [[nodiscard]] const Filter& filter() const { return m_filter; }
    [[nodiscard]] bool filtering() const { return m_next < end(); } ///< lines are still to be looked at
    /// One line as text: "10:41:16.004 info system-mysql Table cinstances".
    [[nodiscard]] QString line(int row) const;
    [[nodiscard]] const LogLine* lineAt(int row) const;
    /// "Data" or the title of a step without its id's prefix, as the log and its filter name it.
    [[nodiscard]] QString stepName(const QString& stepId) const;

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

Q_SIGNALS:
    void filtered();                                    ///< all lines have been looked at

private:
    [[nodiscard]] qint64 begin() const { return m_run ? m_run->droppedLogLines() : 0; }
    [[nodiscard]] qint64 end() const { return m_run ? begin() + m_run->log().size() : 0; }
    [[nodiscard]] bool accepts(const LogLine& line) const;
    void restart();
    void drop();
    void advance();
    void nameSteps();

    QPointer<RunState> m_run;
    Filter m_filter;
    std::deque<qint64> m_rows;       ///< numbers of lines since the run began
    qint64 m_next = 0;               ///< first line that was not looked at
    QHash<QString, QString> m_names;
    QSet<QString> m_namesMatching;   ///< ids of steps whose name has the text
    QStringMatcher m_matcher;
    QTimer m_timer;
};

} // namespace scalekeep::models
