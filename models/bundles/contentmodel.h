#pragma once

#include "models/bundles/bundleinfo.h"
#include "models/bundles/contenttree.h"
#include "models/common/roles.h"
#include "models/common/workplace.h"

#include <QAbstractItemModel>
#include <QSortFilterProxyModel>

namespace scalekeep::models {

/// What is in one bundle, as a tree: components, and below each what its content index lists. Indexes are read in the background when a
/// component is opened for the first time, or all of them when there are words to look for. GUI thread; the workplace must outlive it.
class ContentModel : public QAbstractItemModel {
    Q_OBJECT
public:
    enum Column { Content, What, Size, Share, ColumnCount };

    explicit ContentModel(const Workplace& workplace, QObject* parent = nullptr);
    ~ContentModel() override;

    /// Of a broken bundle: its streams, and which may be saved. The same file in the same state again changes nothing.
    void setBundle(const BundleInfo& bundle);
    void clear();
    [[nodiscard]] const FileStamp& file() const { return m_file; }
    /// Marks the rows that hold all words, those below and those above them, for ContentFilter; loads what is not loaded yet.
    void setWords(const QString& words);
    [[nodiscard]] bool isFiltered() const { return !m_words.isEmpty(); }
    [[nodiscard]] bool isLoading() const { return m_loading > 0; }
    [[nodiscard]] const ContentNode* node(const QModelIndex& index) const;

    [[nodiscard]] QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
    [[nodiscard]] QModelIndex parent(const QModelIndex& index) const override;
    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] bool hasChildren(const QModelIndex& parent = {}) const override;
    [[nodiscard]] bool canFetchMore(const QModelIndex& parent) const override;
    void fetchMore(const QModelIndex& parent) override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

Q_SIGNALS:
    void wordsChanged();   ///< marks have changed; the filter looks again
    void loadingChanged();

private:
    using Tree = std::shared_ptr<Result<std::unique_ptr<ContentNode>>>;
    enum class Load { None, Running, Done };
    [[nodiscard]] QModelIndex indexOf(const ContentNode* node) const;
    [[nodiscard]] QVariant toolTip(const ContentNode& node, int column) const;
    void load(const QString& component);
    void showReading(const QString& component);
    void loaded(quint64 generation, const QString& component, const std::shared_ptr<const bundle::Reader>& reader, const Tree& tree);
    void replaceChildren(ContentNode& component, std::vector<std::unique_ptr<ContentNode>> children);
    bool mark(ContentNode& node, bool above) const;

    const Workplace& m_workplace;
    FileStamp m_file;
    BundleInfo::State m_state = BundleInfo::State::Reading;
    bundle::Manifest m_manifest;
    std::unique_ptr<ContentNode> m_root;
    std::shared_ptr<const bundle::Reader> m_reader; ///< opened with the first index
    QHash<QString, Load> m_loads;                   ///< by component
    QStringList m_words;
    quint64 m_generation = 0;                       ///< answers for an earlier bundle are dropped
    int m_loading = 0;
};

/// Shows the rows that ContentModel marked.
class ContentFilter : public QSortFilterProxyModel {
    Q_OBJECT
public:
    explicit ContentFilter(ContentModel* model, QObject* parent = nullptr);

protected:
    [[nodiscard]] bool filterAcceptsRow(int row, const QModelIndex& parent) const override;

private:
    ContentModel* m_model;
};

} // namespace scalekeep::models
