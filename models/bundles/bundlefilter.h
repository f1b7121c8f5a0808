#pragma once

#include <QSortFilterProxyModel>

namespace scalekeep::models {

/// The library as one folder and some words let it be seen, sorted. Words: all of them must stand in some cell or in the file's name.
class BundleFilter : public QSortFilterProxyModel {
    Q_OBJECT
public:
    explicit BundleFilter(QObject* parent = nullptr);
    void setFolder(const QString& folder); ///< empty: all
    void setWords(const QString& words);
    [[nodiscard]] bool isFiltered() const { return !m_words.isEmpty(); }
    /// Sum of the sizes that are shown.
    [[nodiscard]] qint64 bytes() const;

protected:
    [[nodiscard]] bool filterAcceptsRow(int row, const QModelIndex& parent) const override;
    [[nodiscard]] bool lessThan(const QModelIndex& left, const QModelIndex& right) const override;

private:
    QString m_folder;
    QStringList m_words;
};

} // namespace scalekeep::models
