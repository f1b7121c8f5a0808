#pragma once

#include "models/compare/comparetree.h"

#include <QSortFilterProxyModel>

#include <unordered_map>
#include <vector>

namespace scalekeep::models {

/// The part of a comparison that the user wants to see, and the way from one difference to the next in it. All nodes are looked at once when something
/// changes, not once a row: there may be a hundred thousand.
class CompareFilter : public QSortFilterProxyModel {
    Q_OBJECT
public:
    struct Choice {
        bool onlyChanges = true;     ///< else equal objects and noise, too
        bool added = true, removed = true, changed = true;
        QString component;           ///< empty: all
        QString words;               ///< all of them must stand in the name, or in that of a row above or below
        bool operator==(const Choice&) const = default;
    };

    explicit CompareFilter(CompareTree* tree, QObject* parent = nullptr);
    void setChoice(const Choice& choice);
    [[nodiscard]] const Choice& choice() const { return m_choice; }
    /// Words, a component or states keep rows away that "only changes" would show.
    [[nodiscard]] bool isNarrowed() const;

    [[nodiscard]] size_t shownCount() const { return m_shown.size(); } ///< at all depths
    /// The next shown row where a difference is, in the order of the tree, from the end to the beginning again; invalid when there is none.
    [[nodiscard]] QModelIndex next(const QModelIndex& from, bool forward) const;
    /// Index of a node in this model; invalid when it is not shown.
    [[nodiscard]] QModelIndex indexOf(const QString& path) const;

protected:
    [[nodiscard]] bool filterAcceptsRow(int row, const QModelIndex& parent) const override;

private:
    void mark();
    bool mark(const compare::Node& node, bool above, bool stopAbove);

    CompareTree* m_tree;
    Choice m_choice;
    QStringList m_words;
    std::unordered_map<const compare::Node*, int> m_shown; ///< with the place in the order of the tree
    std::vector<const compare::Node*> m_stops;             ///< shown differences in that order
};

} // namespace scalekeep::models
