#pragma once

#include "engine/bundle/manifest.h"
#include "models/clusters/clusterhub.h"

#include <QAbstractTableModel>

namespace scalekeep::models {

/// How a namespace relates to what a bundle is of.
enum class Kinship { Own, Recreated, Other }; ///< Recreated: same cluster and name, another project UID

/// Namespaces of connected clusters as targets of a restore; the bundle's own one first. Follows the hub by merging.
class TargetsModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Target, Version, Note, ColumnCount };
    TargetsModel(const ClusterHub& hub, QObject* parent = nullptr);

    void setBundle(const std::optional<bundle::Header>& header);
    [[nodiscard]] NamespaceRef at(int row) const;
    [[nodiscard]] int rowOf(const NamespaceRef& where) const; ///< -1: not there
    /// The namespace that the bundle was taken of, where it is connected.
    [[nodiscard]] std::optional<NamespaceRef> own() const;
    [[nodiscard]] Kinship kinship(const NamespaceRef& where) const;

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    struct Row {
        NamespaceRef where;
        QString installation; ///< "2.7 · template", with what is only assumed marked
        Kinship kinship = Kinship::Other;
        bool readOnly = false, production = false;
        bool operator==(const Row&) const = default;
    };
    void update();
    [[nodiscard]] QList<Row> rows() const;

    const ClusterHub& m_hub;
    std::optional<bundle::Header> m_header;
    QList<Row> m_rows;
};

} // namespace scalekeep::models
