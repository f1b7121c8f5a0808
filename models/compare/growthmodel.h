#pragma once

#include "engine/compare/timeline.h"
#include "models/bundles/bundlelibrary.h"
#include "models/compare/compareside.h"

#include <QAbstractTableModel>

namespace scalekeep::models {

/// All bundles of one installation by time, with their sizes by component: how it grows. Follows the library by merging, so that a selection stays.
/// GUI thread; the library outlives it.
class GrowthModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Taken, Size, Change, Most, ColumnCount };
    enum Role { Path = role::User };
    static constexpr int ShownComponents = 5; ///< the largest; the rest is one band

    explicit GrowthModel(const BundleLibrary& library, QObject* parent = nullptr);

    /// Whose bundles: the installation that this bundle is of. Nothing known: that of the newest bundle of the library.
    void setSubject(const std::optional<bundle::Header>& header);
    [[nodiscard]] const QList<compare::TimePoint>& points() const { return m_points; }
    /// "prod-eu / 3scale"; empty without bundles.
    [[nodiscard]] QString title() const { return m_title; }
    /// Components from the largest down, at most ShownComponents; what else there is comes together.
    [[nodiscard]] QStringList bands() const { return m_bands; }
    [[nodiscard]] bool hasRest() const { return m_rest; }
    /// Plain bytes of a band in a point; `band` == bands().size(): the rest.
    [[nodiscard]] qint64 bytes(int point, int band) const;
    [[nodiscard]] int rowOf(const QString& bundle) const; ///< -1: not there
    /// All of it in words, for who cannot see the chart.
    [[nodiscard]] QString text() const;

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

Q_SIGNALS:
    void changed();

private:
    void update();
    [[nodiscard]] QString largestChange(int row) const;

    const BundleLibrary& m_library;
    std::optional<bundle::Header> m_subject;
    QList<compare::TimePoint> m_points;
    QStringList m_bands;
    bool m_rest = false;
    QString m_title;
    QTimer m_soon;
};

} // namespace scalekeep::models
