#pragma once

#include "engine/compare/compare.h"
#include "engine/compare/detail.h"
#include "models/compare/compareside.h"

#include <QTimer>

#include <array>
#include <atomic>
#include <mutex>
#include <stop_token>

namespace scalekeep::models {

/// A comparison as the window works with it: two sides, the noise rules, what came out, and what was opened of it. Reading and comparing run on the
/// workplace's workers; answers to what is no longer asked are dropped. GUI thread; hub and library must outlive it.
class CompareSession : public QObject {
    Q_OBJECT
public:
    enum Which { A, B };
    enum class State {
        Empty,   ///< a side is missing
        Ready,   ///< both are chosen, but a namespace has to be read first: start() does
        Working,
        Done,
        Failed
    };
    /// How far the work is; at most four times a second anew.
    struct Progress {
        QString doing;           ///< "Reading system-mysql of prod-eu / 3scale"
        qint64 done = 0, total = 0; ///< bytes; total 0: not known
    };

    CompareSession(ClusterHub& hub, BundleLibrary& library, QObject* parent = nullptr);
    ~CompareSession() override; ///< asks what is running to stop

    [[nodiscard]] const CompareSide& side(Which which) const { return m_sides[which].side; }
    [[nodiscard]] SideText text(Which which) const;
    /// Bundles are read and compared at once, a namespace after start().
    void setSide(Which which, const CompareSide& side);
    /// Both at once; of two bundles the earlier one should be A.
    void setSides(const CompareSide& a, const CompareSide& b);
    /// The other side becomes the base; nothing is read again.
    void swap();
    /// Reads what has not been read and compares.
    void start();
    /// Both sides anew: bundles that have changed, and namespaces as they are now.
    void refresh();
    void cancel();

    [[nodiscard]] State state() const { return m_state; }
    [[nodiscard]] Progress progress() const;
    [[nodiscard]] const std::optional<Error>& error() const { return m_error; }
    /// The last answer; stays while its sides stay.
    [[nodiscard]] const std::shared_ptr<const compare::Comparison>& comparison() const { return m_comparison; }
    [[nodiscard]] const compare::Content* content(Which which) const;

    [[nodiscard]] const compare::Rules& rules() const { return m_rules; }
    /// Compares again, and keeps them in compare-rules.json of the state directory.
    void setRules(const compare::Rules& rules);

    using DetailAnswer = std::function<void(const Result<std::shared_ptr<const compare::Detail>>&)>;
    /// A detail that is being opened; letting go of it cancels it.
    struct Opening {
        std::stop_source stop;
        std::atomic<qint64> done = 0, total = 0;
        ~Opening() { stop.request_stop(); }
    };
    /// Opens what differs in a node of the comparison: reads a component of both sides. What has been opened before is answered at once.
    std::shared_ptr<Opening> open(const QString& path, QObject* context, DetailAnswer answer);
    /// Plain bytes that open() has to read; 0 when it has been opened before. Negative: not known, for a namespace has to be read.
    [[nodiscard]] qint64 cost(const QString& path) const;

    /// Writes the comparison, with everything that was opened of it, as HTML or, where the name ends in .json, as JSON. 0600.
    void exportTo(const QString& path, QObject* context, std::function<void(const Result<void>&)> answer);

Q_SIGNALS:
    void sidesChanged();
    void stateChanged();
    void progressed();
    void comparisonChanged();                    ///< also when there is none any more
    void detailOpened(const QString& path, const std::shared_ptr<const scalekeep::compare::Detail>& detail);
    void rulesChanged();
    void failed(const QString& doing, const scalekeep::Error& error); ///< the rules could not be read or kept

private:
    struct Opened;                               ///< what was read of a side: content and source of its data
    struct Side {
        CompareSide side;
        std::shared_ptr<Opened> opened;
    };
    struct Work {
        std::stop_source stop;
        std::mutex mutex;
        Progress progress;
        void say(const QString& doing, qint64 done, qint64 total);
    };
    struct Answer {
        std::array<std::shared_ptr<Opened>, 2> opened;
        std::shared_ptr<const compare::Comparison> comparison;
    };
    using Reading = Result<std::shared_ptr<Opened>>;
    static Reading readBundle(const QString& path, Redactor& redactor);
    static Reading readNamespace(const Workplace& workplace, const NamespaceRef& where, const QStringList& components, Work& work);
    void look();                                 ///< works where nothing has to be asked, else says what is missing
    void work();
    void done(quint64 generation, const Result<Answer>& answer);
    void setState(State state, const std::optional<Error>& error = {});
    void forget();
    void loadRules();

    ClusterHub& m_hub;
    BundleLibrary& m_library;
    std::array<Side, 2> m_sides;
    compare::Rules m_rules;
    State m_state = State::Empty;
    std::optional<Error> m_error;
    std::shared_ptr<const compare::Comparison> m_comparison;
    QMap<QString, std::shared_ptr<const compare::Detail>> m_details; ///< by path, of this comparison
    std::shared_ptr<Work> m_work;
    quint64 m_generation = 0;
    QTimer m_timer;
};

} // namespace scalekeep::models
