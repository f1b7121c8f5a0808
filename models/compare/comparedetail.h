#pragma once

#include "models/compare/comparesession.h"
#include "models/compare/sidesmodel.h"

namespace scalekeep::models {

/// One pane of the Compare page: what differs in one node. Follows the session: when the comparison changes, the same node is opened again. GUI
/// thread; the session outlives it.
class CompareDetail : public QObject {
    Q_OBJECT
public:
    enum class State {
        Nothing,   ///< no node
        Plain,     ///< there is no more to show of it than the tree tells
        Waiting,   ///< much has to be read: open() does
        Working,
        Done,
        Failed
    };
    /// More than this is read only when it is asked for.
    static constexpr qint64 AtOnce = 512LL * 1024 * 1024;

    explicit CompareDetail(CompareSession& session, QObject* parent = nullptr);

    /// The node, or the one above it that has a detail: a field is shown in its object.
    void show(const QString& path);
    void open();
    void cancel();
    /// Takes over what another pane shows.
    void take(const CompareDetail& other);

    [[nodiscard]] State state() const { return m_state; }
    [[nodiscard]] QString path() const { return m_path; }
    [[nodiscard]] SidesModel* sides() { return &m_sides; }
    [[nodiscard]] QString title() const { return m_title; }       ///< "system-mysql / cinstances"
    [[nodiscard]] QString subtitle() const { return m_subtitle; } ///< "9,340 rows in A, 9,377 in B; key: id"
    [[nodiscard]] QString foot() const;                           ///< "54 differing rows: 41 added, 4 removed, 9 changed."
    [[nodiscard]] QStringList notes() const;                      ///< what else there is to say, a sentence each
    [[nodiscard]] QString cost() const;                           ///< Waiting: "3.1 GiB have to be read."
    [[nodiscard]] int percent() const;                            ///< Working; negative: not known
    [[nodiscard]] const std::optional<Error>& error() const { return m_error; }

Q_SIGNALS:
    void changed();
    void progressed(); ///< at most four times a second

private:
    void look();
    void set(State state, const std::optional<Error>& error = {});
    void describe(const compare::Node& node);
    void opened(quint64 generation, const Result<std::shared_ptr<const compare::Detail>>& detail);

    CompareSession& m_session;
    SidesModel m_sides;
    State m_state = State::Nothing;
    QString m_wanted, m_path, m_title, m_subtitle;
    QStringList m_nodeNotes;
    std::optional<Error> m_error;
    std::shared_ptr<CompareSession::Opening> m_opening;
    quint64 m_generation = 0;
    QTimer m_timer, m_delay;
};

} // namespace scalekeep::models
