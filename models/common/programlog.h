#pragma once

#include "engine/base/secret.h"

#include <QAbstractTableModel>
#include <QDateTime>

#include <deque>

namespace scalekeep::models {

/// What the program did and met, for the log pane: the newest 10,000 lines, redacted. Lines also go to the log file. GUI thread.
class ProgramLog : public QAbstractTableModel {
    Q_OBJECT
public:
    enum class Level { Info, Warning, Error };
    enum Column { Time, LevelColumn, Where, Text, ColumnCount };
    static constexpr int Limit = 10'000;

    explicit ProgramLog(const Redactor& redactor, QObject* parent = nullptr, int limit = Limit);
    void add(Level level, const QString& where, const QString& text);
    void clear();

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    struct Line {
        QDateTime time;
        Level level;
        QString where, text;
    };
    const Redactor& m_redactor;
    int m_limit;
    std::deque<Line> m_lines;
};

} // namespace scalekeep::models
