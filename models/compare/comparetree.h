#pragma once

#include "engine/compare/compare.h"
#include "engine/compare/detail.h"
#include "models/common/roles.h"

#include <QAbstractItemModel>

#include <unordered_map>

namespace scalekeep::models {

/// What differs, as a tree: the nodes of a comparison with their counts. The comparison is kept as long as it is shown. GUI thread.
class CompareTree : public QAbstractItemModel {
    Q_OBJECT
public:
    enum Column { Object, Added, Removed, Changed, ColumnCount };
    enum Role { Path = role::User };

    explicit CompareTree(QObject* parent = nullptr);

    void setComparison(const std::shared_ptr<const compare::Comparison>& comparison); ///< null: empty
    [[nodiscard]] const compare::Comparison* comparison() const { return m_comparison.get(); }
    /// Rows or keys that were counted one by one: their node, and all above it, show these figures from now on.
    void setCounted(const QString& path, const compare::Detail& detail);
    [[nodiscard]] compare::Counts countsOf(const compare::Node& node) const;
    [[nodiscard]] const compare::Node* node(const QModelIndex& index) const;
    [[nodiscard]] QModelIndex indexOf(const compare::Node* node) const;
    [[nodiscard]] QModelIndex indexOf(const QString& path) const;

    [[nodiscard]] QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
    [[nodiscard]] QModelIndex parent(const QModelIndex& index) const override;
    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    [[nodiscard]] QString iconOf(const compare::Node& node) const;
    [[nodiscard]] QString toolTip(const compare::Node& node) const;

    std::shared_ptr<const compare::Comparison> m_comparison;
    std::unordered_map<const compare::Node*, compare::Counts> m_counted; ///< instead of the nodes' own
};

/// Of role::Glyph.
QString glyphOf(compare::State state);
/// "system-mysql / accounts", from the component down.
QString titleOf(const compare::Node& node);
/// "1,024 rows in A, 1,027 in B"; empty where nothing is counted.
QString amountsOf(const compare::Node& node);

} // namespace scalekeep::models
