#pragma once

#include "engine/bundle/manifest.h"

#include <QAbstractTableModel>
#include <QSet>

namespace scalekeep::models {

/// The components of a bundle, to be checked for a restore: Component, Size, What it overwrites, Content. What the bundle does not hold whole cannot
/// be checked.
class RestoreComponentsModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Component, Size, Content, Overwrites, ColumnCount };
    explicit RestoreComponentsModel(QObject* parent = nullptr);

    void set(const bundle::Manifest& manifest); ///< all that can be restored is checked
    void clear();
    [[nodiscard]] QStringList chosen() const;   ///< ids, in the bundle's order
    [[nodiscard]] QStringList available() const;
    void choose(const QStringList& ids);
    [[nodiscard]] qint64 chosenBytes() const;   ///< plain
    /// What belongs together and is not chosen together, in sentences.
    [[nodiscard]] QStringList notes(bool emptyQueues) const;

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    bool setData(const QModelIndex& index, const QVariant& value, int role = Qt::EditRole) override;
    [[nodiscard]] Qt::ItemFlags flags(const QModelIndex& index) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

Q_SIGNALS:
    void chosenChanged();

private:
    struct Row {
        bundle::Component component;
        qint64 bytes = 0;
        bool chosen = false;
        [[nodiscard]] bool whole() const { return component.state == u"proven"; }
    };
    [[nodiscard]] bool has(const QString& id) const;
    [[nodiscard]] QString contentOf(const Row& row) const;
    [[nodiscard]] QString overwrittenBy(const bundle::Component& component) const;
    QList<Row> m_rows;
};

} // namespace scalekeep::models
