#pragma once

#include "engine/compare/rules.h"

#include <QAbstractTableModel>

namespace scalekeep::models {

/// Noise rules to be switched, and one's own to be edited: what they are called, and which differences they take for noise. GUI thread.
class RulesModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Title, Kind, Name, Field, ColumnCount };
    static constexpr int MostOwn = 200;
    static constexpr qsizetype LongestPattern = 200;

    explicit RulesModel(compare::Rules rules, QObject* parent = nullptr);
    [[nodiscard]] const compare::Rules& rules() const { return m_rules; }
    /// The rules to compare with and to keep: without those of one's own that do not say yet what they are about.
    [[nodiscard]] compare::Rules complete() const;
    [[nodiscard]] bool isOwn(int row) const;
    /// Answers its row; -1: there are too many.
    int add();
    void remove(int row); ///< one's own only
    void restoreStandard(); ///< the built-in ones as they came; one's own stay

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    bool setData(const QModelIndex& index, const QVariant& value, int role) override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    [[nodiscard]] Qt::ItemFlags flags(const QModelIndex& index) const override;

private:
    compare::Rules m_rules;
};

} // namespace scalekeep::models
