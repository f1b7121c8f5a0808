#pragma once

#include "models/clusters/clusteritems.h"
#include "models/common/roles.h"

#include <QAbstractItemModel>

#include <memory>

namespace scalekeep::models {

/// The clusters tree: cluster, 3scale namespace, groups, objects. One column; follows its hub by merging, so that selection, expansion and scroll
/// position of views stay. Rows name themselves in full for a screen reader. Drag source of components, drop target of bundles (namespaces).
/// GUI thread; the hub outlives it.
class ClusterTreeModel : public QAbstractItemModel {
    Q_OBJECT
public:
    enum Role {
        KindRole = role::User, ///< int of ClusterItemKind
        DetailRole,            ///< right text
        SubtitleRole,          ///< second line of a cluster
        GlyphTextRole,         ///< name of role::Glyph in words
        PlannedRole,           ///< bool: in the plan
        ColourRole,            ///< a cluster's colour by name
        ProductionRole, ReadOnlyRole,
        StateRole,             ///< int of ConnectionState
        ClusterRole, NamespaceRole, ObjectRole, KeyRole,
        PathRole               ///< QString: the row's place among all, the same after a restart
    };

    explicit ClusterTreeModel(const ClusterHub& hub, QObject* parent = nullptr);
    ~ClusterTreeModel() override;

    [[nodiscard]] QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
    [[nodiscard]] QModelIndex parent(const QModelIndex& index) const override;
    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    [[nodiscard]] Qt::ItemFlags flags(const QModelIndex& index) const override;
    [[nodiscard]] QStringList mimeTypes() const override;
    [[nodiscard]] QMimeData* mimeData(const QModelIndexList& indexes) const override;
    [[nodiscard]] Qt::DropActions supportedDragActions() const override { return Qt::CopyAction; }
    [[nodiscard]] Qt::DropActions supportedDropActions() const override { return Qt::CopyAction; }
    [[nodiscard]] bool canDropMimeData(const QMimeData* data, Qt::DropAction action, int row, int column, const QModelIndex& parent) const override;
    bool dropMimeData(const QMimeData* data, Qt::DropAction action, int row, int column, const QModelIndex& parent) override;

    [[nodiscard]] const ClusterItem& item(const QModelIndex& index) const;
    [[nodiscard]] QModelIndex indexOf(const QString& path) const; ///< invalid when there is no such row
    [[nodiscard]] QModelIndex indexOf(const NamespaceRef& where) const;

    /// What dragging these rows takes, once each; a whole namespace takes the place of its parts.
    [[nodiscard]] QList<ComponentRef> componentsOf(const QModelIndexList& indexes) const;
    /// "3 components, 4.0 GiB": what is under the pointer while they are dragged.
    [[nodiscard]] QString describe(const QList<ComponentRef>& components) const;
    /// What would happen to a bundle dropped here ("Restore into 3scale-stage…"), or in `refused` why nothing would.
    [[nodiscard]] QString dropText(const QModelIndex& index, QString* refused) const;

    /// Components that are in the plan now.
    void setPlanned(const QList<ComponentRef>& components);

Q_SIGNALS:
    /// A bundle was dropped on a namespace.
    void bundleDropped(const scalekeep::models::NamespaceRef& where, const QString& path);

private:
    struct Node;
    [[nodiscard]] Node* node(const QModelIndex& index) const;
    [[nodiscard]] QModelIndex indexOf(const Node* node) const;
    [[nodiscard]] Node* find(const QString& cluster) const;
    [[nodiscard]] bool isPlanned(const ClusterItem& item) const;
    void mergeAll();
    void mergeCluster(const QString& name);
    void mergeNamespace(const NamespaceRef& where);
    void merge(Node* parent, const QList<ClusterBranch>& wanted);
    void update(Node* node, const ClusterItem& item);
    void announcePlanned(Node* node, const QList<ComponentRef>& before);

    const ClusterHub* m_hub;
    std::unique_ptr<Node> m_root;
    QList<ComponentRef> m_planned;
};

} // namespace scalekeep::models
